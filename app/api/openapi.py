"""The OpenAPI document: what FastAPI derives, completed by what every operation of ours shares."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.api.endpoints import COOKIE
from app.api.problem_responses import MEDIA_TYPE
from app.kernel.problems import Problem

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A refusal (RFC 9457). `type` can be opened and says what to do.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/slot-taken"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "The slug in snake_case, stable."},
        "request_id": {"type": "string", "description": "Quote this when you report a problem."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "reasons": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of an operation: the refusals its service may raise, beside those every operation shares."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        link = f"[{kind.slug}](/problems/{kind.slug})"
        known = found.get(kind.status)
        description = f"{known['description']}, {link}" if known else link
        found[kind.status] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


def operation_id(route: APIRoute) -> str:
    """`bookings.accept`: the room's tag and the endpoint's name."""
    return f"{route.tags[0] if route.tags else 'depot'}.{route.name}"


def _slugs(*slugs: str) -> dict[str, Any]:
    return {
        "description": ", ".join(f"[{slug}](/problems/{slug})" for slug in slugs),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once and kept."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="depot",
            version="1",
            summary="Things, rooms, know-how and time that a neighbourhood shares.",
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            license_info={"name": "MIT", "identifier": "MIT"},
            servers=[{"url": "/", "description": "This instance"}],
        )
        components = made.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = _PROBLEM
        components["securitySchemes"] = {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token from POST /api/v1/sessions.",
            },
            "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "For browsers."},
        }
        for unused in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(unused, None)
        for path, item in made["paths"].items():
            for method, operation in item.items():
                _complete(path, method, operation)
        app.openapi_schema = made
    return app.openapi_schema


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
    answers.setdefault("422", _slugs("invalid"))
    answers.setdefault("400", _slugs("malformed", "bad-cursor"))
    if operation.get("security"):
        answers.setdefault("401", _slugs("sign-in-needed"))
    if "{" in path:
        answers.setdefault("404", _slugs("not-found"))
    if method in ("post", "put", "patch", "delete"):
        answers.setdefault("403", _slugs("not-allowed"))
        answers.setdefault("413", _slugs("too-large"))
        answers.setdefault("503", _slugs("try-again"))
    if method == "post" and operation.pop("x-replayable", True):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)


_IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeat a request with the same key and it has one effect; the stored answer is sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
