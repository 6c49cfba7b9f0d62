"""Problems as `application/problem+json` (RFC 9457), and as part of the OpenAPI document.

Every non-2xx answer goes through here: refusals of our own, FastAPI's and Starlette's. Input is never echoed.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.kernel.findings import explained
from app.kernel.languages import translate
from app.kernel.problems import FieldError, Invalid, Malformed, NotFound, Problem, Reason
from app.kernel.text import Message, message

MEDIA_TYPE: Final = "application/problem+json"
log = structlog.get_logger("depot.problems")


class MethodNotAllowed(Problem):
    """405: this address exists, but not for this method; `Allow` names those it has."""

    slug = "method-not-allowed"
    title = message("This address does not know this method.")
    status = 405


class TooLarge(Problem):
    """413: the body is larger than this instance accepts."""

    slug = "too-large"
    title = message("This is too large.")
    status = 413


class UnsupportedMedia(Problem):
    """415: the body is not of a type that is read here."""

    slug = "unsupported-media-type"
    title = message("Please send this as application/json.")
    status = 415


class Unexpected(Problem):
    """500: a mistake of ours; the id finds it in the log."""

    slug = "unexpected"
    title = message("Something went wrong on our side. Nothing was changed.")
    status = 500


def as_json(problem: Problem, *, language: str, instance: str, request_id: str) -> dict[str, Any]:
    """The problem's members in the reader's language."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.slug}",
        "title": translate(problem.title, language),
        "status": problem.status,
        "detail": translate(problem.detail, language),
        "instance": instance,
        "code": problem.code,
        "request_id": request_id,
    }
    if isinstance(problem, Invalid):
        body["errors"] = [
            {"pointer": error.pointer, "detail": translate(error.detail, language)}
            for error in problem.errors
        ]
    if problem.reasons:
        body["reasons"] = _plain(problem.reasons, language)
    return body | {name: _plain(value, language) for name, value in problem.members.items()}


def _plain(value: Any, language: str) -> Any:
    """What JSON can carry, in the reader's language, however deep it lies."""
    match value:
        case Message():
            return translate(value, language)
        case Reason():
            facts = {name: _plain(fact, language) for name, fact in value.facts.items()}
            return {"code": value.code, "detail": translate(value.detail, language), **facts}
        case Mapping():
            return {name: _plain(one, language) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one, language) for one in value]
        case _:
            return value


def respond(request: Request, problem: Problem) -> Response:
    """The answer that tells the caller what is wrong and what to do."""
    state = request.scope.setdefault("state", {})
    language = state.get("language", "en")
    body = as_json(
        problem,
        language=language,
        instance=request.url.path,
        request_id=state.get("request_id", ""),
    )
    headers = {"Cache-Control": "no-store", "Content-Language": language, **problem.headers}
    content = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
    return Response(content, problem.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every refusal of this app speak RFC 9457."""

    async def on_problem(request: Request, problem: Exception) -> Response:
        if not isinstance(problem, Problem):
            raise problem
        return respond(request, problem)

    async def on_validation(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        return respond(request, from_validation(error))

    async def on_http(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return respond(request, _from_http(request, error))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)


def from_validation(error: RequestValidationError) -> Problem:
    """Pydantic's findings as ours; what was sent is not repeated, for it may be a password."""
    errors = []
    for found in error.errors():
        where, *path = found["loc"]
        if found["type"] == "json_invalid":
            return Malformed(message("The body is not valid JSON."))
        if where == "body" and not path and found["type"] in ("model_attributes_type", "missing"):
            return Invalid(FieldError("", message("The body must be a JSON object.")))
        in_body = "".join(f"/{_escaped(part)}" for part in path)  # "" is the whole (RFC 6901)
        pointer = in_body if where == "body" else "/".join(map(str, path))
        errors.append(FieldError(pointer, explained(found)))
    return Invalid(*errors)


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")[:100]


def _from_http(request: Request, error: HTTPException) -> Problem:
    known: dict[int, type[Problem]] = {
        kind.status: kind for kind in (NotFound, MethodNotAllowed, TooLarge, UnsupportedMedia, Malformed)
    }
    problem = known.get(error.status_code, Malformed)()
    if error.status_code == MethodNotAllowed.status:
        problem.headers["Allow"] = ", ".join(sorted(_methods_of(request)))
    return problem


def _methods_of(request: Request) -> set[str]:
    """All methods of this address; Starlette names only those of the first route that fits."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern, _, _ = compile_path(getattr(route, "path", "") or "/")
        if pattern.match(request.url.path):
            methods |= set(getattr(route, "methods", None) or ())
    return methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"}
