"""What is Anna's and Ben's alone never appears to Cora, in no list and behind no id."""

import pytest

from tests.contract.document import OPERATIONS, by_room
from tests.contract.world import EVENING, NOON

READS = by_room(
    operation for operation in OPERATIONS if operation.method == "get" and not operation.is_stream
)
QUERIES = {
    "listings.search": [
        "",
        "?mine=true",
        "?mine=true&state=draft",
        "?q=drill",
        "?near=51.33,12.34&radius_km=5",
    ],
    "listings.calendar": [f"?from={NOON}&to={EVENING}".replace("+", "%2B")],
    "organisations.search": ["", "?mine=true"],
    "bookings.page": ["", "?role=provider", "?role=borrower", "?state=requested"],
}
"""The ways to ask of operations that show different things when asked differently."""

PRIVATE = {
    "me.read",
    "me.export",
    "bookings.page",
    "bookings.get",
    "bookings.messages",
    "listings.search",
    "notifications.page",
    "listings.external_calendars",
    "series.get",
    "saved-searches.mine",
    "saved-searches.get",
    "booking-groups.get",
    "reports.browse",
    "reports.read",
}
"""Where the secret must show up for its owners, so that this test looks at something."""


def _walk(client, operation, world, who):
    """All pages of all ways to ask, as one text; refusals say no more than the address that was asked."""
    found = []
    for query in QUERIES.get(operation.id, [""]):
        address = operation.at(world.ids) + query
        while address:
            answer = client.get(address, headers=who.headers)
            assert answer.status_code in (200, 403, 404), answer.text
            found.append(answer.text if answer.status_code == 200 else "")
            address = answer.links.get("next", {}).get("url")
    return "\n".join(found)


@pytest.mark.parametrize("room", READS)
def test_a_stranger_sees_nothing_of_what_two_others_share(client, world, room):
    seen = {str(operation): _walk(client, operation, world, world.cora) for operation in READS[room]}

    told = {what: [secret for secret in world.secrets if secret in text] for what, text in seen.items()}
    assert {what: secrets for what, secrets in told.items() if secrets} == {}


def test_its_owners_see_it(client, world):
    own = [read for reads in READS.values() for read in reads if read.id in PRIVATE]
    seen = {read.id: _walk(client, read, world, world.anna) for read in own}

    assert set(seen) == PRIVATE
    assert [what for what, text in seen.items() if not any(secret in text for secret in world.secrets)] == []
