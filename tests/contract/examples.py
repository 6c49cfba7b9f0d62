"""A value that fits a schema, for requests whose content does not matter. Deterministic, and as small as allowed."""

from typing import Any

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
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    for several in ("examples", "enum"):
        if several in schema:
            return schema[several][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema and schema.get("type") != "object":
            return example(schema[choice][0])
    match schema.get("type"):
        case "object":
            return {name: example(schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [example(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case "string":
            return _FORMATS.get(schema.get("format", ""), "a" * max(1, schema.get("minLength", 0)))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return None
