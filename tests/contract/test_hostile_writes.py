"""Hostile JSON against every operation that takes JSON, from somebody who owns what it is about."""

import pytest

from tests import hostile
from tests.contract.document import OPERATIONS, resolved
from tests.contract.examples import example

WRITES = [operation for operation in OPERATIONS if operation.body is not None]


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_hostile_json_is_refused_whatever_it_is_meant_for(client, world, operation):
    forms = [resolved(form) for form in operation.body.get("anyOf", [operation.body])]
    bodies = [*hostile.BODIES.items()]
    for form in forms:
        bodies += hostile.fields(example(form), form, resolved)
    headers = {**world.anna.headers, "content-type": "application/json", "if-match": "*"}

    answers = {
        name: client.request(operation.method, operation.at(world.ids), content=body, headers=headers)
        for name, body in bodies
    }

    not_refused = {name: answer.status_code for name, answer in answers.items() if not refused(answer)}
    assert not_refused == {}


def refused(answer) -> bool:
    return answer.status_code in (400, 422) and answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_form_does_not_pass_for_json(client, world, operation):
    headers = {**world.anna.headers, "content-type": "text/plain"}

    answer = client.request(operation.method, operation.at(world.ids), content=b"{}", headers=headers)

    assert answer.status_code == 415
