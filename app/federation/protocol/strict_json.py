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

_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")
_DOUBTFUL_TEXT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read(raw: bytes, *, whole_text: bool = True) -> Any:
    """Parse a message. Raises BadJson.

    Lone surrogates refuse a message; on a page of a feed (`whole_text=False`) they are left to the models,
    which refuse the one entry, since a poison entry must not stop a feed.
    """
    bare = _bare(raw)
    if bare is None or bare.count(b",") + bare.count(b"[") + bare.count(b"{") > MAX_VALUES:
        raise BadJson(message("The message has too many parts."))
    parse = _with_care if _has_unusual_numbers(bare) else _plainly
    try:
        value = parse(raw.decode("utf-8"))
    except BadJson:
        raise
    except UnicodeDecodeError:
        raise BadJson(message("The message is not UTF-8.")) from None
    except (ValueError, RecursionError):
        raise BadJson from None
    if _is_deeper(bare, MAX_DEPTH):
        raise BadJson(message("The message is nested too deeply."))
    if _DOUBTFUL_TEXT.search(raw):
        _look_through(value, whole_text=whole_text)
    return value


def _bare(raw: bytes) -> bytes | None:
    """The marks, numbers and names between the texts: without escaped quotes, each second part. None for too many."""
    plain = raw.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in raw else raw
    if plain.count(b'"') > 4 * MAX_VALUES:
        return None
    return b"".join(plain.split(b'"')[::2])


def _has_unusual_numbers(bare: bytes) -> bool:
    """Whether any may be beyond what is read the same way everywhere: sixteen digits, or an exponent."""
    alike = bare.translate(_DIGITS)
    return b"0" * 16 in alike or b"0e" in alike or b"0E" in alike


def _is_deeper(bare: bytes, levels: int) -> bool:
    """Whether brackets are left when those without any within were taken away so many times."""
    marks = bare.translate(_BRACKETS, delete=_NO_BRACKETS)
    for _ in range(levels):
        marks = marks.replace(b"[]", b"")
    return bool(marks)


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


def _look_through(value: Any, *, whole_text: bool) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise BadJson(message("A text contains NUL."))
        if whole_text and _LONE_SURROGATE.search(value):
            raise BadJson(message("A text contains half a character."))
    elif isinstance(value, dict | list):
        parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        for part in parts:
            _look_through(part, whole_text=whole_text)


_TOO_BIG: Final[Message] = message("A number is too big to be read the same way everywhere.")

# A call for every number takes longer than all the rest, and hardly any can be other than it looks.
_plainly: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant).decode
_with_care: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float, parse_int=_integer
).decode
