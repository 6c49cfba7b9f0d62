"""The conversation of a booking."""

import pytest


@pytest.fixture
def talk(street):
    """Write to a booking's conversation, or read it."""

    def say(booking, who, text=None, **query):
        path = f"/api/v1/bookings/{booking['id']}/messages"
        if text is None:
            return street.client.get(path, params=query, headers=who.headers)
        return street.client.post(path, json={"text": text}, headers=who.headers)

    return say


def test_the_request_opens_the_conversation_and_it_survives_the_end(street, talk):
    asked = street.requested(message="May I?")
    street.done("decline", asked, street.ben)

    written = talk(asked, street.ben, "Sorry,\r\nnext week?")

    assert written.status_code == 201
    items = talk(asked, street.anna).json()["items"]
    assert [(item["role"], item["text"]) for item in items] == [
        ("borrower", "May I?"),
        ("provider", "Sorry,\nnext week?"),
    ]


def test_it_is_read_page_by_page_oldest_first(street, talk):
    asked = street.requested()
    for number in range(5):
        talk(asked, street.anna, f"{number}")

    first = talk(asked, street.ben, limit=3).json()
    second = talk(asked, street.ben, limit=3, after=first["next"]).json()

    assert [item["text"] for item in first["items"] + second["items"]] == list("01234")
    assert second["next"] is None


def test_strangers_neither_read_nor_write(street, talk):
    asked = street.requested()

    assert talk(asked, street.stranger).status_code == 404
    assert talk(asked, street.stranger, "Hi").status_code == 404


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_a_message_says_something(street, talk, text):
    assert talk(street.requested(), street.anna, text).status_code == 422
