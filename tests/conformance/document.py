"""The public document of DFP/1, its schemas and vectors, as others read them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

FOLDER: Final = Path(__file__).parents[2] / "openapi"
TEXT: Final = (FOLDER / "federation-v1.md").read_text("utf-8")
VECTORS: Final[dict[str, Any]] = json.loads((FOLDER / "federation" / "vectors.json").read_text("utf-8"))
EXAMPLES: Final[list[tuple[str, Any]]] = [
    (name, json.loads(body))
    for name, body in re.findall(r"<!-- example: ([a-z-]+) -->\n```json\n(.*?)```", TEXT, re.DOTALL)
]


@cache
def validator(name: str) -> Draft202012Validator:
    """Judges a message by its committed schema."""
    schema = json.loads((FOLDER / "federation" / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())
