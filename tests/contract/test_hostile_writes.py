"""Hostile JSON against every operation that takes JSON, from somebody who owns what it is about."""

import pytest

from tests import hostile
from tests.contract.document import OPERATIONS, by_room, resolved
from tests.contract.examples import example

WRITES = by_room(operation for operation in OPERATIONS if operation.body is not None)


@pytest.mark.parametrize("room", WRITES)
def test_hostile_json_is_refused_whatever_it_is_meant_for(client, world, room):
    headers = {**world.anna.headers, "content-type": "application/json", "if-match": "*"}

    answers = {
        (str(operation), name): client.request(
            operation.method, operation.at(world.ids), content=body, headers=headers
        )
        for operation in WRITES[room]
        for name, body in hostile_bodies(operation)
    }

    not_refused = {what: answer.status_code for what, answer in answers.items() if not refused(answer)}
    assert not_refused == {}


def hostile_bodies(operation):
    """What nobody may send, and every field of this operation's forms as it must not be."""
    yield from hostile.BODIES.items()
    for form in operation.body.get("anyOf", [operation.body]):
        yield from hostile.fields(example(resolved(form)), resolved(form), resolved)


def refused(answer) -> bool:
    return answer.status_code in (400, 422) and answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("room", WRITES)
def test_a_form_does_not_pass_for_json(client, world, room):
    headers = {**world.anna.headers, "content-type": "text/plain"}

    answers = {
        str(operation): client.request(
            operation.method, operation.at(world.ids), content=b"{}", headers=headers
        ).status_code
        for operation in WRITES[room]
    }

    assert answers == dict.fromkeys(answers, 415)
