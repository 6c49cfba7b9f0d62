"""What comes in, read strictly: JSON without tricks, no unknown query parameters."""

import json
import math
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import Any, Final, NoReturn

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.api.problem_responses import UnsupportedMedia
from app.kernel.problems import FieldError, Invalid, Malformed
from app.kernel.text import Message, message

MAX_DEPTH: Final = 32
_JSON: Final = frozenset({"application/json", "application/merge-patch+json"})
MAX_INTEGER: Final = 2**53 - 1  # what JavaScript and partners can hold exactly


def _refuse(what: Message) -> NoReturn:
    raise Malformed(message("The JSON could not be accepted: {what}.", what=what))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse(message("a key appears twice"))
    return found


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:  # noqa: PLR2004 - 2^53 has 16 digits and a sign
        _refuse(message("a number is too large"))
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        _refuse(message("a number is too large"))
    return value


def _constant(_name: str) -> NoReturn:
    _refuse(message("NaN and Infinity are not JSON"))


def _check_depth(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        _refuse(message("it is nested too deeply"))
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _check_depth(item, depth + 1)


def strict_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259); raises Malformed for what databases, partners or we could not hold:
    NUL, lone surrogates, NaN, numbers beyond 2^53, duplicate keys, deep nesting, other encodings than UTF-8.
    """
    try:
        text = body.decode("utf-8")
        if "\x00" in text or "\\u0000" in text:
            _refuse(message("it contains a NUL character"))
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        _refuse(message("it contains half of a character (a lone surrogate)"))
    except UnicodeDecodeError:
        _refuse(message("it is not UTF-8"))
    except RecursionError:
        _refuse(message("it is nested too deeply"))
    except ValueError as error:
        raise Malformed(message("The body is not valid JSON.")) from error
    _check_depth(value)
    return value


class StrictRequest(Request):
    """A request whose JSON is read by `strict_json`."""

    async def json(self) -> Any:
        return strict_json(await self.body())


class StrictRoute(APIRoute):
    """A route that reads JSON strictly and refuses unknown, repeated or unprintable query parameters."""

    @cached_property
    def query_names(self) -> frozenset[str]:
        """The query parameters this operation knows, those that may repeat marked by `[]`."""
        return frozenset(_query_names(self.dependant))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            self._check_query(request)
            self._check_type(request)
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly

    def _check_type(self, request: Request) -> None:
        """Only JSON is read as JSON: a form from a foreign page cannot pass for it (ASVS 3.5.2)."""
        sent = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = (self.openapi_extra or {}).get("requestBody")
        if body and kind not in body["content"]:
            raise UnsupportedMedia(message("Please send one of {types}.", types=", ".join(body["content"])))
        if self.body_field and sent and kind not in _JSON:
            raise UnsupportedMedia

    def _check_query(self, request: Request) -> None:
        errors = []
        seen: set[str] = set()
        for name, value in request.query_params.multi_items():
            if name not in self.query_names:
                detail = message("There is no such parameter here.")
            elif name in seen:
                detail = message("This parameter may be given only once.")
            elif "\x00" in value:
                detail = message("A NUL character is not allowed.")
            else:
                seen.add(name)
                continue
            errors.append(FieldError(name[:100].replace("\x00", ""), detail))
        if "\x00" in request.url.path or "\x00" in "".join(map(str, request.path_params.values())):
            errors.append(FieldError("path", message("A NUL character is not allowed.")))
        if errors:
            raise Invalid(*errors)


def _query_names(dependant: Dependant) -> set[str]:
    names: set[str] = set()
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names |= {field.alias or name for name, field in annotation.model_fields.items()}
        else:
            names.add(parameter.alias)
    for inner in dependant.dependencies:
        names |= _query_names(inner)
    return names
