"""The OpenAPI document: what FastAPI derives, completed by what every operation of ours shares."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.api.cookies import COOKIE
from app.api.problem_responses import MEDIA_TYPE
from app.kernel.problems import Problem

WORDS: Final[dict[str, str]] = tomllib.loads(
    (Path(__file__).parents[2] / "openapi" / "words.toml").read_text("utf-8")
)
"""What a field of this name means wherever it does not say more itself."""

_MODULE: Final = re.compile(r"\bapp__([a-z]+)__(?:[a-z0-9_]+__)*([A-Z][A-Za-z]*)")

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A refusal (RFC 9457). `type` can be opened and says what to do.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "description": "Open it to read what it means and what to do.",
            "examples": ["/problems/not-found"],
        },
        "title": {"type": "string", "description": "What kind of refusal it is, in the reader's language."},
        "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599,
            "description": "The status of the answer, repeated.",
        },
        "detail": {"type": "string", "description": "What is wrong in this case, in the reader's language."},
        "instance": {"type": "string", "description": "The path that was asked."},
        "code": {"type": "string", "description": "The slug in snake_case, stable."},
        "request_id": {"type": "string", "description": "Quote this when you report a problem."},
        "errors": {
            "type": "array",
            "description": "With 422: every place in the input that is not right.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "reasons": {
            "type": "array",
            "description": "Every ground of a refusal, with a stable code.",
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
        for name, described in _described(made):
            if name in WORDS:
                described.setdefault("description", WORDS[name])
        for unused in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(unused, None)
        for path, item in made["paths"].items():
            for method, operation in item.items():
                _complete(path, method, operation)
        app.openapi_schema = _named_by_room(made)
    return app.openapi_schema


def _named_by_room(made: dict[str, Any]) -> dict[str, Any]:
    """Two rooms may have one word for a shape; theirs become `BookingsState` and `ListingsState`."""
    text = _MODULE.sub(lambda found: found[1].capitalize() + found[2], json.dumps(made))
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _described(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that a reader meets by its name: fields and parameters."""
    for title, schema in made["components"]["schemas"].items():
        if title.startswith("Page_"):
            schema.setdefault("description", "One page of a list.")
        for name, field in schema.get("properties", {}).items():
            if "$ref" not in field:
                yield name, field
    for item in made["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                yield parameter["name"], parameter


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what the operation shares with others: refusals, and the headers that go with them."""
    answers = operation["responses"]
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
    replayable = method == "post" and operation.pop("x-replayable", True)
    if replayable:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "If-Match":
            # Missing it answers 428, not 422, so FastAPI takes it for optional.
            parameter["required"] = parameter["schema"].pop("x-demanded", False)
    for status, slugs in _shared(path, method, operation).items():
        own = answers.get(status)
        answers[status] = _slugs(*slugs)
        if own:
            answers[status]["description"] += f", {own['description']}"


def _shared(path: str, method: str, operation: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The refusals that come from an operation's form alone, by status."""
    parameters = {parameter["name"]: parameter["required"] for parameter in operation.get("parameters", ())}
    writes = method in ("post", "put", "patch", "delete")
    stored = "security" in operation  # it opens the database, so it may have to wait for it
    found = {
        "400": ("malformed", "bad-cursor") if "after" in parameters else ("malformed",),
        "401": ("sign-in-needed",) if stored else (),
        "403": ("not-allowed",) if writes else (),
        "404": ("not-found",) if "{" in path else (),
        "412": ("version-stale",) if "If-Match" in parameters else (),
        "413": ("too-large",) if writes else (),
        "415": ("unsupported-media-type",) if "requestBody" in operation else (),
        "422": ("invalid", "idempotency-key-reused") if "Idempotency-Key" in parameters else ("invalid",),
        "428": ("version-needed",) if parameters.get("If-Match") else (),
        "429": ("too-many",),
        "503": ("try-again",) if stored else (),
    }
    return {status: slugs for status, slugs in found.items() if slugs}


_IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeat a request with the same key and it has one effect; the stored answer is sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
