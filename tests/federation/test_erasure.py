"""What is erased here is erased at partners, and they sign for it without being asked."""

from datetime import timedelta
from typing import Any

import pytest

from app.accounts import service as accounts
from app.kernel.actor import StaffRole
from app.outbound.http import Answer
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Regions


def leave(regions: Regions, person: Neighbour) -> None:
    """The person has their account erased."""
    with regions.leipzig.instance.transactions.writing(person.actor_in(regions.leipzig.instance)) as work:
        accounts.erase(work)


def next_poll(regions: Regions) -> None:
    regions.clock.turn(timedelta(minutes=7))
    regions.settle()


def ledger(regions: Regions, admin: Neighbour) -> list[dict[str, Any]]:
    path = f"/api/v1/partners/{regions.leipzig.partner().id}/erasures"
    answer = regions.leipzig.client.get(path, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_an_erasure_is_told_at_once_and_the_next_signed_pull_is_the_receipt(regions: Regions) -> None:
    regions.pair()
    leipzig, halle = regions.leipzig, regions.halle
    ada = signed_in_person(leipzig.instance, "Ada", staff=StaffRole.ADMIN)
    ben = signed_in_person(leipzig.instance, "Ben")
    gone, kept = (
        offer(leipzig.instance, ben, title="Leiter"),
        offer(leipzig.instance, ada, title="Leiter zwei"),
    )
    regions.settle()
    assert len(halle.found("leiter")) == 2
    next_poll(regions)
    of_ben = leipzig.client.get("/api/v1/me/copies", headers=ben.headers).json()["items"]
    [shown] = of_ben
    assert (shown["listing_id"], shown["shared"]) == (str(gone.id), True)
    assert [(one["name"], one["up_to_date"]) for one in shown["recipients"]] == [("Depot Halle", True)]

    regions.line.sent.clear()
    leave(regions, ben)
    leipzig.instance.runner.run_due()
    assert ("POST", "https://halle.example/dfp/v1/notify") in regions.line.sent
    [open_] = ledger(regions, ada)
    assert (open_["listing_id"], open_["confirmed_at"]) == (str(gone.id), None)
    assert leipzig.partner().erasures_unconfirmed == 1

    regions.settle()
    assert [found["title"] for found in halle.found("leiter")] == ["Leiter zwei"]
    next_poll(regions)

    [done] = ledger(regions, ada)
    assert done["confirmed_at"] is not None
    assert leipzig.partner().erasures_unconfirmed == 0
    withdrawn = leipzig.client.post(
        f"/api/v1/listings/{kept.id}/close", json={"reason": "withdrawn"}, headers=ada.headers
    )
    assert withdrawn.status_code == 200, withdrawn.text
    regions.settle()
    next_poll(regions)
    [mine] = leipzig.client.get("/api/v1/me/copies", headers=ada.headers).json()["items"]
    assert (mine["shared"], mine["recipients"][0]["up_to_date"]) == (False, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_receipt_people_are_told_after_three_days_and_again_after_a_week(regions: Regions) -> None:
    regions.pair()
    leipzig = regions.leipzig
    ada = signed_in_person(leipzig.instance, "Ada", staff=StaffRole.ADMIN)
    ben = signed_in_person(leipzig.instance, "Ben")
    offer(leipzig.instance, ben, title="Leiter")
    regions.settle()
    unread = Answer(503, {}, b"{}")
    regions.line.intercept = lambda _method, url, _body: unread if "leipzig.example" in url else None
    leave(regions, ben)
    regions.settle()

    alarms = []
    for days in (2, 1.1, 3, 1.1, 5):
        regions.clock.turn(timedelta(days=days))
        leipzig.instance.runner.run_due()
        alarms.append(ledger(regions, ada)[0]["alarms"])

    assert alarms == [0, 1, 1, 2, 2]
    assert leipzig.partner().erasures_unconfirmed == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_ledger_is_the_business_of_admins_and_everybody_sees_their_own_copies_only(
    regions: Regions,
) -> None:
    regions.pair()
    leipzig = regions.leipzig
    ben, cora = (signed_in_person(leipzig.instance, name) for name in ("Ben", "Cora"))
    offer(leipzig.instance, ben, title="Leiter")
    regions.settle()

    refused = leipzig.client.get(f"/api/v1/partners/{leipzig.partner().id}/erasures", headers=cora.headers)

    assert refused.status_code == 403
    assert leipzig.client.get("/api/v1/me/copies").status_code == 401
    assert leipzig.client.get("/api/v1/me/copies", headers=cora.headers).json() == {"items": []}
