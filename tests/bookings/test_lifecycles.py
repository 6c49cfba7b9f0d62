"""The law, served as data and as endpoints."""

import pytest

from app.bookings.routes.bookings import ACTIONS
from app.bookings.rules.table import ROWS
from app.bookings.rules.words import Action, Role


def test_the_law_is_public(client):
    law = client.get("/api/v1/meta/lifecycles").json()

    equipment = next(life for life in law["lifecycles"] if life["kind"] == "equipment")
    actions = {move["action"] for move in equipment["moves"]}
    assert {"request", "accept", "hand-over", "take-back", "complete", "mark-lost"} <= actions
    assert {"counter", "accept-counter"} <= actions
    assert equipment["mermaid"].startswith("stateDiagram-v2")
    assert set(law["terminal"]) == {"declined", "withdrawn", "expired", "cancelled", "completed"}


def test_every_action_of_a_person_has_an_endpoint_of_its_name():
    humans = {row.action for row in ROWS if row.who - {Role.CLOCK} and not row.begins}

    assert set(ACTIONS) == humans


@pytest.mark.parametrize("action", [Action.EXPIRE, Action.CLOSE_UNREPORTED, Action.OFFER_TURN])
def test_the_clock_s_steps_have_none(street, action):
    asked = street.requested()

    assert street.act(action, asked, street.ben).status_code == 404


def test_every_endpoint_is_described(client):
    document = client.get("/api/v1/openapi.json").json()

    for action in ACTIONS:
        operation = document["paths"][f"/api/v1/bookings/{{booking_id}}/{action}"]["post"]
        assert operation["operationId"] == f"bookings.{action.replace('-', '_')}"
        assert operation["summary"]
        assert "409" in operation["responses"]
