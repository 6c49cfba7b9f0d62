"""Everything people read is there in German, word for word what the code says in English, and nothing more."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes
from pydantic_core._pydantic_core import list_all_errors

from app.web import loan_words, words
from app.web.rendering import TEMPLATES

APP = Path(__file__).parents[2] / "app"
CATALOGUES = [APP / "locale" / "de.po", APP / "locale" / "pages" / "de.po"]


def _speaking_calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every `message(…)`, and in schemas every `ValueError(…)`, for it says what is wrong with input."""
    for path in APP.rglob("*.py"):
        said = {"message", "ValueError"} if "schemas" in str(path) else {"message"}
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in said:
                yield path, node


def _is_message(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message"


def _said_in_templates() -> Iterator[tuple[str, nodes.Expr]]:
    """What every `_(…)` of a page says."""
    for name in TEMPLATES.list_templates():
        tree = TEMPLATES.parse(TEMPLATES.loader.get_source(TEMPLATES, name)[0])
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                yield name, call.args[0]


def _sentences() -> Iterator[str]:
    for _, said in _said_in_templates():
        if isinstance(said, nodes.Const):
            yield said.value
    for _, call in _speaking_calls():
        match call.args[0]:
            case ast.Constant(value=str(text)):
                yield text


def _pydantics() -> set[str]:
    """What Pydantic says, with the placeholders that `problem_responses` puts in."""
    templates = [error["message_template_python"] for error in list_all_errors()]
    return {template.replace("{expected_plural}", end) for template in templates for end in ("", "s")}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _entries(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


GERMAN = {english: german for path in CATALOGUES for english, german in _entries(path).items()}
ENGLISH = sorted(set(_sentences()))


def test_every_sentence_has_a_german_one():
    assert [sentence for sentence in ENGLISH if not GERMAN.get(sentence)] == []


def test_no_german_sentence_has_lost_its_english_one():
    assert [sentence for sentence in GERMAN if sentence not in {*ENGLISH, *_pydantics()}] == []


def test_no_sentence_is_said_twice():
    house, pages = (set(_entries(path)) for path in CATALOGUES)

    assert house & pages == set()


@pytest.mark.parametrize("sentence", GERMAN)
def test_both_have_the_same_placeholders(sentence):
    spared = {"error", "field_type", "class_name"}  # English of Pydantic's own

    assert _placeholders(GERMAN[sentence]) - spared == _placeholders(sentence) - spared


def test_every_sentence_is_a_literal():
    """Otherwise it could not be found, and nobody would translate it."""
    computed = [
        f"{path}: {ast.unparse(node)}"
        for path, node in _speaking_calls()
        if not isinstance(node.args[0], ast.Constant) and not _is_message(node.args[0])
    ]

    assert computed == []
    assert [name for name, said in _said_in_templates() if not isinstance(said, nodes.Const)] == []


class _Shown(HTMLParser):
    """What a reader of a page sees, or hears."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", markup, flags=re.DOTALL))

    def handle_data(self, data: str) -> None:
        self.words += re.findall(r"[^\W\d_]{2,}", data)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [
            value for name, value in attrs if value and name in {"alt", "title", "placeholder", "aria-label"}
        ]


def test_templates_hold_no_words_of_their_own():
    spoken = {
        name: words
        for name in TEMPLATES.list_templates()
        if (words := _Shown(TEMPLATES.loader.get_source(TEMPLATES, name)[0]).words)
    }

    assert spoken == {}


PLAIN = {
    english: plain
    for path in CATALOGUES
    for english, plain in _entries(path.with_name("de-simple.po")).items()
}
FOR_STAFF = ("partners.py",)


def _to_be_said_plainly() -> set[str]:
    """Every state, step, outcome and way out, what follows and when; every reason why not; every mail to residents."""
    named = (
        words.STATES,
        words.OUTCOMES,
        words.STANDINGS,
        words.ACTIONS,
        words.BORROWERS_ACTIONS,
        words.WAYS,
        loan_words.FOLLOWS,
        loan_words.CLOCKS,
        loan_words.EXCHANGES,
    )
    told = {
        call.args[0].value
        for path, call in _speaking_calls()
        if path.name in ("reasons.py", "moves.py")
        or (path.parent.name == "words" and path.name not in FOR_STAFF)
        if isinstance(call.args[0], ast.Constant)
    }
    return told | {said.text for table in named for said in table.values()}


def test_every_state_reason_and_mail_has_words_in_plain_language():
    assert sorted(_to_be_said_plainly() - set(PLAIN)) == []


def test_plain_language_says_the_same_and_says_it_shortly():
    stale = [english for english in PLAIN if english not in GERMAN]
    amiss = [english for english in PLAIN if _placeholders(PLAIN[english]) - _placeholders(english)]
    long = [
        said for said in PLAIN.values() if max(len(one.split()) for one in re.split(r"[.!?:]", said)) > 12
    ]

    assert (stale, amiss, long) == ([], [], [])


def test_wrong_input_is_explained_in_german(client):
    body = {"email": "ada@example.org", "password": "short", "display_name": 5, "language": "de"}

    answer = client.post("/api/v1/accounts", json=body, headers={"accept-language": "de"})

    said = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert said == {
        "/password": "Der Text braucht mindestens 12 Zeichen.",
        "/display_name": "Hier gehört ein Text hin.",
    }


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"starts_at": "3000-01-01T00:00:00Z"}, "/starts_at", "Das Jahr muss zwischen 1970 und 2999 liegen."),
        ({"visibility": "nobody"}, "/visibility", "Möglich ist: 'public' oder 'provider'."),
        (
            {"recurrence": "FREQ=SECONDLY"},
            "/recurrence",
            "FREQ=SECONDLY gibt es hier nicht, nur DAILY, WEEKLY und MONTHLY.",
        ),
    ],
)
def test_what_a_sentence_names_stands_in_the_german_one(client, world, body, pointer, said):
    path = f"/api/v1/listings/{world.ids['listing_id']}/closures"
    whole = {"starts_at": "2026-12-24T00:00:00+01:00", "ends_at": "2026-12-27T00:00:00+01:00", **body}

    answer = client.post(path, json=whole, headers={**world.anna.headers, "accept-language": "de"})

    assert answer.headers["content-language"] == "de"
    assert {error["pointer"]: error["detail"] for error in answer.json()["errors"]} == {pointer: said}


def test_a_point_that_is_none_is_refused_without_repeating_it(client):
    answer = client.get("/api/v1/listings", params={"near": "here"}, headers={"accept-language": "de"})

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "near")
    assert error["detail"].startswith("Der Text muss der Form")
    assert "here" not in answer.text
