"""The OpenAPI document is what frontend developers work from: complete, readable, and never out of date."""

import re
from collections import Counter
from pathlib import Path

import openapi_spec_validator
import pytest

from app.api.openapi import WORDS
from tests.contract.document import DOCUMENT, OPERATIONS, TEXT, resolved

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
WRITING = ("post", "put", "patch", "delete")
SCHEMAS = DOCUMENT["components"]["schemas"]
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def test_the_committed_document_is_what_the_code_says():
    assert COMMITTED.read_text("utf-8") == TEXT, "Run `depot openapi` and look at the difference."


def test_the_document_is_valid_openapi_three_one():
    openapi_spec_validator.validate(DOCUMENT)

    assert DOCUMENT["openapi"].startswith("3.1")


def test_operation_ids_are_a_room_and_a_verb_and_there_once():
    ids = Counter(operation.id for operation in OPERATIONS)

    assert [id_ for id_ in ids if not re.fullmatch(r"[a-z-]+\.[a-z_]+", id_)] == []
    assert [id_ for id_, times in ids.items() if times > 1] == []


@every_operation
def test_an_operation_introduces_itself(operation):
    said = operation.said

    assert said["summary"][0].isupper()
    assert len(said["description"]) > len("Too short.")
    assert operation.id.split(".")[0] in said["tags"]


def test_every_tag_is_explained():
    explained = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}

    assert {tag for operation in OPERATIONS for tag in operation.said["tags"]} == explained


@every_operation
def test_an_operation_says_who_may_ask(operation):
    assert {"bearer": []} in operation.said.get("security", []) or operation.is_open
    assert operation.is_open or "401" in operation.said["responses"]


@every_operation
def test_an_operation_names_its_refusals(operation):
    answers = operation.said["responses"]
    versioned = any(parameter["name"] == "If-Match" for parameter in operation.said.get("parameters", ()))

    assert {"400", "422", "429"} <= set(answers)
    assert "{" not in operation.path or "404" in answers
    assert operation.body is None or {"413", "415"} <= set(answers)
    assert operation.method not in WRITING or {"403", "503"} <= set(answers)
    assert not versioned or "412" in answers
    for status, answer in answers.items():
        assert answer["description"]
        assert status.startswith(("2", "3")) or list(answer["content"]) == ["application/problem+json"]


@every_operation
def test_every_parameter_is_described_and_bounded(operation):
    for parameter in operation.said.get("parameters", ()):
        assert parameter.get("description"), parameter["name"]
        assert _is_bounded(parameter["schema"]), parameter["name"]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_field_is_described_and_every_shape_says_what_it_is(name):
    schema = SCHEMAS[name]
    silent = [
        field
        for field, said in schema.get("properties", {}).items()
        if not {"description", "$ref"} & said.keys()
    ]

    assert "__" not in name, "Two shapes have one name."
    assert schema.get("description")
    assert silent == []


@every_operation
def test_every_field_of_a_body_has_a_limit(operation):
    if operation.body is not None:
        assert _unbounded(operation.body) == []


def _unbounded(schema: dict, where: str = "", seen: frozenset[str] = frozenset()) -> list[str]:
    """The places below a schema that would take any amount."""
    if (name := schema.get("$ref")) in seen:
        return []
    seen |= {name} if name else set()
    schema = resolved(schema)
    found = [] if _is_bounded(schema) else [where]
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if isinstance(schema.get("items"), dict):
        inner.append(schema["items"])
    for field, said in schema.get("properties", {}).items():
        found += _unbounded(said, f"{where}/{field}", seen)
    return found + [place for part in inner for place in _unbounded(part, where, seen)]


def _is_bounded(schema: dict) -> bool:
    """Whether values of this schema have a largest one (OWASP API4)."""
    if {"enum", "const", "$ref", "anyOf", "oneOf"} & schema.keys():
        return True
    match schema.get("type"):
        case "string":
            return bool({"maxLength", "format", "pattern"} & schema.keys())
        case "integer" | "number":
            return {"minimum", "maximum"} <= schema.keys()
        case "array":
            return "maxItems" in schema
        case _:
            return True


def test_the_glossary_explains_no_word_that_nobody_uses():
    fields = {name for schema in SCHEMAS.values() for name in schema.get("properties", ())}
    parameters = {
        parameter["name"] for operation in OPERATIONS for parameter in operation.said.get("parameters", ())
    }

    assert set(WORDS) <= fields | parameters
