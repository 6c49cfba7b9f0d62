"""Everything people read is there in German, word for word what the code says in English, and nothing more."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from pydantic_core._pydantic_core import list_all_errors

APP = Path(__file__).parents[2] / "app"
CATALOGUE = APP / "locale" / "de.po"


def _sentences() -> Iterator[str]:
    """The literals of every `message(…)`, and what schemas say about input."""
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            said = {"message", "ValueError"} if "schemas" in str(path) else {"message"}
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in said:
                match node.args[0]:
                    case ast.Constant(value=str(text)):
                        yield text


def _pydantics() -> set[str]:
    """What Pydantic says, with the placeholders that `problem_responses` puts in."""
    templates = [error["message_template_python"] for error in list_all_errors()]
    return {template.replace("{expected_plural}", end) for template in templates for end in ("", "s")}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


with CATALOGUE.open("rb") as file:
    GERMAN = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
ENGLISH = sorted(set(_sentences()))


def test_every_sentence_has_a_german_one():
    assert [sentence for sentence in ENGLISH if not GERMAN.get(sentence)] == []


def test_no_german_sentence_has_lost_its_english_one():
    assert [sentence for sentence in GERMAN if sentence not in {*ENGLISH, *_pydantics()}] == []


@pytest.mark.parametrize("sentence", GERMAN)
def test_both_have_the_same_placeholders(sentence):
    spared = {"error", "field_type"}  # English of Pydantic's own

    assert _placeholders(GERMAN[sentence]) - spared == _placeholders(sentence) - spared


def test_every_message_is_a_literal():
    """Otherwise it could not be found, and nobody would translate it."""
    computed = [
        f"{path}:{node.lineno}"
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message"
        if not isinstance(node.args[0], ast.Constant)
    ]

    assert computed == []


def test_wrong_input_is_explained_in_german(client):
    body = {"email": "ada@example.org", "password": "short", "display_name": 5, "language": "de"}

    answer = client.post("/api/v1/accounts", json=body, headers={"accept-language": "de"})

    said = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert said == {
        "/password": "Der Text braucht mindestens 12 Zeichen.",
        "/display_name": "Hier gehört ein Text hin.",
    }
