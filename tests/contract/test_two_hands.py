"""What is Anna's and Ben's alone is moved by nobody else: every operation that changes something, by a stranger."""

from tests.contract.document import OPERATIONS
from tests.contract.examples import example
from tests.contract.world import EVENING, NOON
from tests.factories import pictures

EVERYBODYS = {"listings.quote", "listings.join_queue", "notifications.silence"}
"""What is there for everybody who sees a listing, or who holds a letter with its secret."""

WHEN = {"starts_at": NOON, "ends_at": EVENING}
DECLARED = {"proof": "declaration", "notice_date": None, "declaration": "We mend bicycles."}
SAID = {
    "listings.close_for": WHEN,
    "listings.cancel_session": {"reason": "ill"},
    "recognition.submit": DECLARED,
    "wants.offer": WHEN,
}
"""Bodies for operations that refuse what is true of its shape only."""

WRITES = [
    operation
    for operation in OPERATIONS
    if operation.method != "get" and "{" in operation.path and operation.id not in EVERYBODYS
]


def _try(client, operation, world, who):
    headers = (who.headers if who else {}) | {"If-Match": "*"}
    body = {"json": (example(operation.body) | SAID.get(operation.id, {})) if operation.body else None}
    if operation.id.endswith("add_photo"):
        body, headers = {"content": pictures.photo()}, headers | {"Content-Type": "image/jpeg"}
    return client.request(operation.method, operation.at(world.ids), headers=headers, **body)


def test_a_stranger_and_nobody_move_nothing_of_what_two_others_share(client, world):
    def theirs():
        return [
            client.get("/api/v1/me/export", headers=who.headers).json() for who in (world.anna, world.ben)
        ]

    before = theirs()

    strangers = {operation.id: _try(client, operation, world, world.cora).status_code for operation in WRITES}
    nobody = {operation.id: _try(client, operation, world, None).status_code for operation in WRITES}

    assert len(WRITES) > 60, "the walk has lost its way"
    assert {what: status for what, status in strangers.items() if status not in (403, 404)} == {}
    assert {what: status for what, status in nobody.items() if status != 401} == {}
    assert theirs() == before
