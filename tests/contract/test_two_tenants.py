"""What is Anna's and Ben's alone never appears to Cora, in no list and behind no id."""

import pytest

from tests.contract.document import OPERATIONS
from tests.contract.world import EVENING, NOON

READS = [operation for operation in OPERATIONS if operation.method == "get"]
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
    "booking-groups.get",
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


@pytest.mark.parametrize("operation", READS, ids=str)
def test_a_stranger_sees_nothing_of_what_two_others_share(client, world, operation):
    seen_by_cora = _walk(client, operation, world, world.cora)

    assert [secret for secret in world.secrets if secret in seen_by_cora] == []


@pytest.mark.parametrize("operation", [read for read in READS if read.id in PRIVATE], ids=str)
def test_its_owners_see_it(client, world, operation):
    seen_by_anna = _walk(client, operation, world, world.anna)

    assert [secret for secret in world.secrets if secret in seen_by_anna]
