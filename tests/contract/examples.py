"""A value that fits a schema, for requests whose content does not matter. Deterministic, and as small as allowed."""

from collections.abc import Callable
from typing import Any, Final

from tests.contract.document import resolved

_FORMATS = {
    "date-time": "2026-11-28T10:00:00+01:00",
    "date": "2026-11-28",
    "time": "10:00:00",
    "email": "somebody@example.org",
    "uuid": "0197aaaa-0000-7000-8000-000000000001",
    "uri": "https://example.org/",
}


def example(schema: dict[str, Any]) -> Any:
    """One value of this schema; objects have their required fields only."""
    schema = resolved(schema)
    given = [schema[word] for word in ("const", "default") if word in schema]
    given += [schema[word][0] for word in ("examples", "enum") if word in schema]
    if given:
        return given[0]
    if "anyOf" in schema and "type" not in schema:
        return example(schema["anyOf"][0])
    return _MAKERS.get(schema.get("type", ""), lambda _: None)(schema)


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: example(schema["properties"][name]) for name in schema.get("required", ())}


def _array(schema: dict[str, Any]) -> list[Any]:
    return [example(schema["items"]) for _ in range(schema.get("minItems", 0))]


def _string(schema: dict[str, Any]) -> str:
    return _FORMATS.get(schema.get("format", ""), "a" * max(1, schema.get("minLength", 0)))


def _number(schema: dict[str, Any]) -> int:
    return schema.get("minimum", 1)


_MAKERS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda _: False,
}
