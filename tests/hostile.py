"""JSON that nobody means well with: whole bodies, and one field at a time of a body that would be good."""

import json
from collections.abc import Iterator
from typing import Any, Final

BODIES: Final[dict[str, bytes]] = {
    "an escaped NUL": rb'{"text": "a\u0000b"}',
    "a raw NUL": b'{"text": "a\x00b"}',
    "half a character": rb'{"text": "\ud800"}',
    "half a character as key": rb'{"\ud800": 1}',
    "NaN": b'{"text": "a", "count": NaN}',
    "Infinity": b'{"text": "a", "count": Infinity}',
    "a float beyond all": b'{"text": "a", "count": 1e999}',
    "an integer of 5000 digits": b'{"text": "a", "count": ' + b"9" * 5000 + b"}",
    "an integer beyond 2^63": b'{"text": "a", "count": 9223372036854775808}',
    "a hundred thousand arrays": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"text": ' * 200 + b"1" + b"}" * 200,
    "a key twice": b'{"text": "a", "text": "b"}',
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "Latin-1": '{"text": "\u00e4"}'.encode("latin-1"),
    "no JSON": b"text=a",
    "half a JSON": b'{"text": "a"',
    "an array": b'["a"]',
    "a string": b'"a"',
    "a naive time": b'{"text": "a", "at": "2026-11-28T10:00:00"}',
    "a time as number": b'{"text": "a", "at": 1795000000}',
    "a time as digits": b'{"text": "a", "at": "1795000000"}',
    "a year beyond all": b'{"text": "a", "at": "99999-01-01T00:00:00Z"}',
    "the first moment, eastwards": b'{"text": "a", "at": "0001-01-01T00:00:00+14:00"}',
    "an unknown field": b'{"text": "a", "owner": "me"}',
    "a number as text": b'{"text": 5}',
    "a truth as number": b'{"text": "a", "count": true}',
    "digits as number": b'{"text": "a", "count": "5"}',
}
"""Bodies for an operation with `text`, `at` and `count`; wrong for every other one as well."""

_RAW: Final = "\ue000"  # marks where JSON that no library would write is put in
_FOR_STRINGS: Final = {
    "an escaped NUL": r'"a\u0000b"',
    "half a character": r'"\ud800"',
    "a number": "5",
    "an object": "{}",
    "a million characters": '"' + "x" * 1_000_000 + '"',
}
_FOR_TIMES: Final = {
    "a naive time": '"2026-11-28T10:00:00"',
    "a time as number": "1795000000",
    "a time as digits": '"1795000000"',
    "a year beyond all": '"99999-01-01T00:00:00Z"',
    "the first moment, eastwards": '"0001-01-01T00:00:00+14:00"',
    "the last moment, westwards": '"9999-12-31T23:59:59-14:00"',
}
_FOR_NUMBERS: Final = {
    "NaN": "NaN",
    "minus Infinity": "-Infinity",
    "beyond all": "1e999",
    "of 5000 digits": "9" * 5000,
    "beyond 2^63": "9223372036854775808",
    "below everything": "-9007199254740991",
    "truth": "true",
    "digits": '"5"',
}
_FOR_ALL: Final = {"a hundred thousand arrays": "[" * 100_000 + "]" * 100_000}


def fields(good: dict[str, Any], schema: dict[str, Any], resolve: Any) -> Iterator[tuple[str, bytes]]:
    """A good body, with one field at a time made hostile; and one with a field nobody knows."""
    yield "an unknown field", json.dumps(good | {"nobody_knows": 1}).encode()
    for name, said in schema.get("properties", {}).items():
        for what, raw in _hostile_to(said, resolve).items():
            text = json.dumps(good | {name: _RAW}).replace(json.dumps(_RAW), raw)
            yield f"{name}: {what}", text.encode()


def _hostile_to(said: dict[str, Any], resolve: Any) -> dict[str, str]:
    found = dict(_FOR_ALL)
    for form in (said, *said.get("anyOf", ())):
        kind = resolve(form)
        match kind.get("type"), kind.get("format"):
            case "string", "date-time":
                found |= _FOR_STRINGS | _FOR_TIMES
            case "string", _:
                found |= _FOR_STRINGS
            case (("integer" | "number"), _):
                found |= _FOR_NUMBERS
    return found
