"""JSON from strangers, read strictly (RFC 8259 without its freedoms; federation.md §2.0, §2.12). Pure.

Two readers may take two meanings from duplicate keys, NaN or an integer beyond 2^53; one of them then shows
what the other never checked. So such a text is refused whole.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

from app.federation.problems import BadJson
from app.kernel.text import Message, message

MAX_DEPTH: Final = 16
MAX_INTEGER: Final = 2**53 - 1

MAX_VALUES: Final = 400_000
"""In one message: a few bytes of JSON become a hundred in memory, and eight megabytes of brackets half a gigabyte."""

_SMALL: Final = 64 * 1024
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read(raw: bytes, *, whole_text: bool = True) -> Any:
    """Parse a message. Raises BadJson.

    Lone surrogates refuse a message; on a page of a feed (`whole_text=False`) they are left to the models,
    which refuse the one entry, since a poison entry must not stop a feed.
    """
    if len(raw) > _SMALL and _parts(raw) > MAX_VALUES:
        raise BadJson(message("The message has too many parts."))
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except BadJson:
        raise
    except UnicodeDecodeError:
        raise BadJson(message("The message is not UTF-8.")) from None
    except (ValueError, RecursionError):
        raise BadJson from None
    _look_through(value, MAX_DEPTH, whole_text=whole_text)
    return value


def _parts(raw: bytes) -> int:
    """How many values there are at most, told from the marks between them."""
    bare = _STRING.sub(b"", raw)
    return bare.count(b",") + bare.count(b"[") + bare.count(b"{")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadJson(message("A member stands twice in one object."))
    return members


def _refuse_constant(_text: str) -> NoReturn:
    raise BadJson(message("NaN and Infinity are not JSON."))


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise BadJson(_TOO_BIG)
    return value


def _integer(text: str) -> int:
    value = int(text)
    if abs(value) > MAX_INTEGER:
        raise BadJson(_TOO_BIG)
    return value


def _look_through(value: Any, depth_left: int, *, whole_text: bool) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise BadJson(message("A text contains NUL."))
        if whole_text and _LONE_SURROGATE.search(value):
            raise BadJson(message("A text contains half a character."))
        return
    if not isinstance(value, dict | list):
        return
    if not depth_left:
        raise BadJson(message("The message is nested too deeply."))
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    for part in parts:
        _look_through(part, depth_left - 1, whole_text=whole_text)


_TOO_BIG: Final[Message] = message("A number is too big to be read the same way everywhere.")
