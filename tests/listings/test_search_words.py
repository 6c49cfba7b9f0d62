"""How words find things, what is suggested, and what is shown of it."""

from datetime import timedelta

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.listings import mirrored, offer


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


def answer(client, **params):
    said = client.get("/api/v1/listings", params=params)
    assert said.status_code == 200, said.text
    return said.json()


def found(client, **params):
    return [item["title"] for item in answer(client, **params)["items"]]


def test_a_word_finds_its_other_forms_its_compounds_and_what_begins_like_it(client, instance, anna):
    offer(instance, anna, title="Lastenräder", tags=["Werkzeugkiste"])
    offer(instance, anna, title="Stichsäge", description="Sehr leise Maschinen in der Straße.")
    asked = {
        "Lastenräder": (
            "lastenrad",
            "Lastenrädern",
            "LASTENRAEDER",
            "lasten",
            "rad",
            "räder",
            "Werkzeug",
            "kiste",
        ),
        "Stichsäge": (
            "stichsaegen",
            "säge",
            "saege",
            "sägen",
            "stich",
            "maschine",
            "strasse",
            "mas",
            "die Stichsäge",
        ),
    }

    assert {word: found(client, q=word) for words in asked.values() for word in words} == {
        word: [title] for title, words in asked.items() for word in words
    }
    assert found(client, q="ichsäge") == []


def test_a_typing_mistake_gets_a_suggestion_that_finds_something(client, instance, anna):
    offer(instance, anna, title="Bohrmaschine mit Koffer")
    offer(instance, anna, title="Säge")
    hidden = mirrored(instance, anna.id, title="Beamer", shown=False)
    assert hidden

    suggested = {
        wrong: answer(client, q=wrong)["suggestion"]
        for wrong in (
            "bormaschine",
            "Bohrmaschiene",
            "bohrmaschine kofer",
            "seäge",
            "beamre",
            "xyzzy",
            "%%",
            "bohrmaschine",
        )
    }

    assert suggested == {
        "bormaschine": "bohrmaschine", "Bohrmaschiene": "bohrmaschine", "bohrmaschine kofer": "bohrmaschine koffer",
        "seäge": "säge", "beamre": None, "xyzzy": None, "%%": None, "bohrmaschine": None,
    }  # fmt: skip
    # The words are right and something else keeps it from being found: to ask for the same again would not help.
    assert answer(client, q="Bohrmaschine", kind="space") == {
        "items": [], "next": None, "suggestion": None, "facets": None,
    }  # fmt: skip


def test_a_word_that_nobody_uses_any_more_is_suggested_no_longer(client, instance, anna, run_jobs):
    made = offer(instance, anna, title="Unverwechselbar")
    assert answer(client, q="unverwechselbrr")["suggestion"] == "unverwechselbar"

    client.post(f"/api/v1/listings/{made.id}/close", json={"reason": "withdrawn"}, headers=anna.headers)

    assert answer(client, q="unverwechselbrr")["suggestion"] is None
    with instance.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM search_spelling").scalar() == 0


def test_a_snippet_is_plain_text_around_the_words_in_parts(client, instance, anna):
    filling = "Ganz viel davor, " * 8
    offer(instance, anna, title="Zelt", description=f"{filling}<b>Bücherregal</b> & mehr. {filling}")
    offer(instance, anna, title="Bücher")

    by_title = {item["title"]: item["snippet"] for item in answer(client, q="bücher")["items"]}

    parts = by_title["Zelt"]
    assert [part["text"] for part in parts if part["found"]] == ["Bücherregal"]
    text = "".join(part["text"] for part in parts)
    assert (text[0], text[-1]) == ("…", "…")
    assert "<b>Bücherregal</b> & mehr." in text
    assert len(text) < 200
    assert by_title["Bücher"] == []
    assert answer(client)["items"][0]["snippet"] is None


def test_facets_count_kinds_and_categories_of_what_fits(client, instance, anna):
    for title, category in (("Bohrer", "drills"), ("Bohrer", "drills"), ("Bohrer", "saws"), ("Saal", None)):
        kind = "space" if title == "Saal" else "equipment"
        offer(instance, anna, title=title, category=category, kind=kind)

    assert answer(client, facets="true", limit=1)["facets"] == {
        "kinds": [{"value": "equipment", "count": 3}, {"value": "space", "count": 1}],
        "categories": [{"value": "drills", "count": 2}, {"value": "saws", "count": 1}],
        "capped": False,
    }
    assert answer(client, facets="true", q="saal", near="51.3,12.3", radius_km=5)["facets"]["kinds"] == []
    assert answer(client)["facets"] is None


def test_a_partner_that_has_been_silent_comes_after_others_by_relevance(client, instance, anna, clock):
    mirrored(instance, anna.id, title="Beamer dort")
    offer(instance, anna, title="Beamer hier")
    clock.turn(timedelta(hours=49))
    offer(instance, anna, title="Leinwand", description="Für einen Beamer.")

    assert found(client, q="beamer") == ["Beamer hier", "Beamer dort", "Leinwand"]
    assert found(client, q="beamer", sort="newest") == ["Leinwand", "Beamer hier", "Beamer dort"]
