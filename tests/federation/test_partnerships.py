"""What each lets the other do: looked at first, granted in each direction by itself, changed later, ended unheard."""

from datetime import timedelta

from app.federation.service import pairing, partners
from app.federation.trust import PartnerState
from app.kernel.actor import SYSTEM, StaffRole
from app.outbound.http import Answer, Unreachable
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Region, Regions
from tests.federation.test_pairing import signed

FEED = "https://leipzig.example/dfp/v1/feeds/listing"


def admin_of(region: Region) -> dict[str, str]:
    return signed_in_person(region.instance, "Ada", staff=StaffRole.ADMIN).headers


def test_each_side_grants_by_itself_after_a_look_and_may_change_its_mind(regions: Regions) -> None:
    leipzig, halle = regions.leipzig, regions.halle
    offer(leipzig.instance, signed_in_person(leipzig.instance, "Ben"), title="Leiter")
    offer(halle.instance, signed_in_person(halle.instance, "Hanna"), title="Leiter")
    here, there = admin_of(leipzig), admin_of(halle)
    asked = {"grants": ["listing.read"], "review": True}
    invite = leipzig.client.post("/api/v1/partners/invites", headers=here, json=asked).json()["invite"]

    joined = halle.client.post(
        "/api/v1/partners", headers=there, json={"invite": invite, "grants": ["request.create"]}
    )

    assert (joined.status_code, joined.json()["state"]) == (201, "pending")
    regions.settle()
    assert signed(halle, "GET", FEED).json()["code"] == "not-partner"
    assert leipzig.partner().state is halle.partner().state is PartnerState.PENDING

    at = f"/api/v1/partners/{leipzig.partner().id}"
    assert leipzig.client.post(f"{at}/confirm", headers=here).json()["state"] == "active"
    regions.clock.turn(timedelta(minutes=6))
    regions.settle()
    assert halle.partner().state is PartnerState.ACTIVE
    assert halle.partner().granted == leipzig.partner().grants == ["listing.read"]
    assert leipzig.partner().granted == halle.partner().grants == ["request.create"]
    assert [len(region.found("leiter")) for region in (leipzig, halle)] == [1, 2]

    leipzig.client.put(f"{at}/grants", headers=here, json={"grants": []})
    assert signed(halle, "GET", FEED).json()["code"] == "scope"
    regions.settle()
    assert halle.partner().granted == []
    assert len(halle.found("leiter")) == 1
    regions.clock.turn(timedelta(hours=25))
    regions.settle()
    assert {exchange.entries for exchange in halle.partner().exchanges} == {0}

    leipzig.client.put(f"{at}/grants", headers=here, json={"grants": ["listing.read"]})
    regions.settle()
    assert len(halle.found("leiter")) == 2


def test_a_rest_is_heard_of_and_so_is_its_end(regions: Regions) -> None:
    regions.pair()
    offer(regions.leipzig.instance, signed_in_person(regions.leipzig.instance, "Ben"), title="Leiter")
    regions.settle()
    at = f"/api/v1/partners/{regions.leipzig.partner().id}"
    here = admin_of(regions.leipzig)

    regions.leipzig.client.post(f"{at}/suspend", headers=here)
    regions.settle()
    assert regions.halle.partner().their_state == "suspended"
    assert regions.halle.found("leiter") == []

    regions.leipzig.client.post(f"{at}/resume", headers=here)
    regions.settle()
    assert regions.halle.partner().their_state == "active"
    assert len(regions.halle.found("leiter")) == 1


def test_whoever_left_without_a_word_that_arrived_is_missed_within_a_day(regions: Regions) -> None:
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        invite = pairing.invite(work, grants=()).invite
    regions.halle.accept(invite)
    regions.settle()

    def lose(method: str, _url: str, _body: bytes) -> Answer | None:
        if method == "DELETE":
            raise Unreachable("silence")
        return None

    regions.line.intercept = lose
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        partners.end(work, regions.leipzig.partner().id)
    regions.settle()
    assert regions.halle.partner().state is PartnerState.ACTIVE
    assert signed(regions.halle, "GET", FEED).status_code == 410

    regions.clock.turn(timedelta(hours=24))
    regions.settle()
    assert regions.halle.partner().state is PartnerState.ENDED
