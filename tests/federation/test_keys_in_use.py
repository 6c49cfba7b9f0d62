"""Keys at work between two regions: a move, a rotation, and one identity in two hands."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.federation import keys
from app.federation.problems import KeysRefused, KeyUnknown
from app.federation.protocol import v1
from app.federation.service import following, identity, own_keys
from app.federation.tables import OwnKeyDocument, Partner
from app.federation.trust import PartnerState
from app.kernel import secrets
from app.kernel.actor import SYSTEM, StaffRole
from app.outbound.http import Answer, Redirected
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Regions, moved


def test_partners_follow_a_region_to_another_address_although_the_old_one_is_dead(regions: Regions) -> None:
    regions.pair()

    leipzig = moved(regions.leipzig, regions, "https://leipzig-neu.example")
    with leipzig.client:
        there = Regions(leipzig, regions.halle, regions.clock, regions.line)
        there.settle()
        assert regions.halle.partner().base == "https://leipzig-neu.example/dfp/v1"

        offer(leipzig.instance, signed_in_person(leipzig.instance, "Ben"), title="Leiter")
        there.settle()
        [found] = regions.halle.found("leiter")
        assert found["origin"]["url"].startswith("https://leipzig-neu.example/")
        leipzig.instance.close()


def offer_documents(regions: Regions, *documents: v1.KeyDocument) -> None:
    """Leipzig's documents, as they come with a notice."""
    with regions.halle.instance.transactions.writing(SYSTEM) as work:
        partner = work.session.get_one(Partner, regions.halle.partner().id)
        following.learn(work, partner, v1.KeyDocuments(docs=list(documents)))


def second_document(regions: Regions, **changes: object) -> tuple[v1.KeyDocument, v1.KeyDocument]:
    """Leipzig's first document, and a next one by the same control key."""
    with regions.leipzig.instance.transactions.reading(SYSTEM) as reading:
        [first] = identity.documents(reading.session)
        control = identity.key_of(reading.session, "c1")
    payload = keys.payload_of(first).model_copy(update={"v": 2, "prev": keys.document_hash(first), **changes})
    return first, keys.issue(payload, kid="c1", key=control)


def test_a_revoked_key_is_refused_at_once(regions: Regions) -> None:
    regions.pair()
    offer_documents(regions, *second_document(regions, revoked=("k1",)))

    with regions.leipzig.instance.transactions.reading(SYSTEM) as reading:
        signer = identity.own(reading)
    headers = signer.sign(
        identity.signatures.Request("GET", "https://halle.example/dfp/v1/pairings/self", {}),
        now=regions.clock.now(),
    )
    answer = regions.halle.client.get("https://halle.example/dfp/v1/pairings/self", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, KeyUnknown.slug)


def test_two_documents_of_one_version_suspend_the_partnership(regions: Regions) -> None:
    regions.pair()
    admin = signed_in_person(regions.halle.instance, "Ada", staff=StaffRole.ADMIN)
    moderator = signed_in_person(regions.halle.instance, "Ben", staff=StaffRole.MODERATOR)
    offer_documents(regions, *second_document(regions))

    offer_documents(regions, *second_document(regions, base="https://thief.example/dfp/v1"))

    assert regions.halle.partner().state is PartnerState.SUSPENDED
    assert regions.halle.partner().base == "https://leipzig.example/dfp/v1"
    regions.halle.instance.runner.run_due()
    told = [
        regions.halle.client.get("/api/v1/me/notifications", headers=who.headers).json()["items"]
        for who in (admin, moderator)
    ]
    assert [[letter["subject"] for letter in letters] for letters in told] == [
        ["Der Austausch mit Depot Leipzig ruht"],
        [],
    ]


def test_an_answer_that_a_notice_has_overtaken_is_late_and_no_alarm(regions: Regions) -> None:
    regions.pair()
    documents = second_document(regions)
    old = json.dumps({"docs": [documents[0].to_json()]}).encode()

    def a_notice_is_faster(_method: str, url: str, _body: bytes) -> Answer | None:
        if not url.endswith("/keys"):
            return None
        offer_documents(regions, *documents)
        return Answer(200, {}, old)

    regions.line.intercept = a_notice_is_faster
    halle = regions.halle.instance
    following.refresh_keys(halle.transactions, regions.line, regions.halle.partner().id)
    assert regions.halle.partner().state is PartnerState.ACTIVE

    following.refresh_keys(halle.transactions, regions.line, regions.halle.partner().id)
    assert regions.halle.partner().state is PartnerState.SUSPENDED


def test_a_stolen_notice_with_forged_documents_changes_nothing(regions: Regions) -> None:
    regions.pair()
    first, second = second_document(regions, base="https://thief.example/dfp/v1")
    forged = second.model_copy(update={"sig": first.sig})

    offer_documents(regions, first, forged)

    assert regions.halle.partner().state is PartnerState.ACTIVE
    assert regions.halle.partner().base == "https://leipzig.example/dfp/v1"


def refusals(regions: Regions) -> list[str]:
    """Watch the line: every request refused for its signature, from now on."""
    seen: list[str] = []
    request = regions.line.request

    def watched(method: str, url: str, **how: Any) -> Answer:
        answer = request(method, url, **how)
        if answer.status == 401:
            seen.append(f"{method} {url}")
        return answer

    regions.line.request = watched  # type: ignore[method-assign]
    return seen


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_key_is_changed_without_a_failed_request_although_no_notice_arrives(regions: Regions) -> None:
    regions.pair()
    refused = refusals(regions)
    regions.line.lose_on_the_way = "/notify"
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        own_keys.rotate(work)
        assert {key.kid for key in own_keys.rotate(work).keys} == {"k1", "k2"}

    used = []
    for _ in range(5):
        regions.clock.turn(timedelta(hours=23))
        regions.settle()
        with regions.leipzig.instance.transactions.reading(SYSTEM) as reading:
            used.append(identity.own(reading).kid)
        assert [exchange.failures for exchange in regions.halle.partner().exchanges] == [0, 0]

    assert refused == []
    assert used == ["k1"] * 2 + ["k2"] * 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_key_is_changed_by_itself_in_good_time_and_a_stolen_one_at_once(regions: Regions) -> None:
    regions.pair()
    with regions.leipzig.instance.transactions.reading(SYSTEM) as reading:
        thief = identity.own(reading)
    regions.clock.turn(timedelta(days=275))
    regions.settle()
    admin = signed_in_person(regions.leipzig.instance, "Ada", staff=StaffRole.ADMIN)
    path = "/api/v1/partners/keys"
    listed = regions.leipzig.client.get(path, headers=admin.headers).json()
    assert [(key["kid"], key["in_use"]) for key in listed["keys"]] == [("k1", True), ("k2", False)]
    assert as_thief(regions, thief) == 200

    revoked = regions.leipzig.client.post(f"{path}/revoke", json={"kid": "k1"}, headers=admin.headers)
    regions.settle()

    assert (revoked.json()["revoked"], revoked.json()["version"]) == (["k1"], 3)
    assert as_thief(regions, thief) == 401
    unknown = regions.leipzig.client.post(f"{path}/revoke", json={"kid": "k1"}, headers=admin.headers)
    assert unknown.status_code == 404
    assert regions.halle.partner().state is PartnerState.ACTIVE


def as_thief(regions: Regions, thief: identity.Identity) -> int:
    """What somebody with Leipzig's key hears in Halle."""
    url = "https://halle.example/dfp/v1/pairings/self"
    signed = thief.sign(identity.signatures.Request("GET", url, {}), now=regions.clock.now())
    return regions.halle.client.get(url, headers=signed).status_code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_revoked_key_is_refused_within_a_quarter_of_an_hour_although_every_notice_is_lost(
    regions: Regions,
) -> None:
    regions.pair()
    with regions.leipzig.instance.transactions.reading(SYSTEM) as reading:
        thief = identity.own(reading)
    regions.clock.turn(timedelta(hours=1))
    regions.settle()
    regions.line.lose_on_the_way = "/notify"
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        own_keys.revoke(work, "k1")

    for _ in range(14):
        regions.clock.turn(timedelta(minutes=1))
        regions.leipzig.instance.runner.run_due()
        regions.halle.instance.runner.run_due()

    assert as_thief(regions, thief) == 401
    regions.clock.turn(timedelta(hours=1))
    regions.settle()
    assert [exchange.failures for exchange in regions.leipzig.partner().exchanges] == [0, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_control_key_hands_over_to_another(regions: Regions) -> None:
    regions.pair()

    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        before = own_keys.read(work)
        after = own_keys.revoke(work, "c1")
        own_keys.rotate(work)
    regions.clock.turn(timedelta(days=3))
    regions.settle()

    assert (before.control, after.control, after.instance) == (["c1"], ["c2"], before.instance)
    assert [exchange.failures for exchange in regions.halle.partner().exchanges] == [0, 0]
    with regions.halle.instance.transactions.reading(SYSTEM) as reading:
        pinned = reading.session.get_one(Partner, regions.halle.partner().id).documents
    assert len(pinned) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_admin_finds_a_partner_whose_address_is_lost_and_nobody_else_there(regions: Regions) -> None:
    regions.pair()
    regions.line.lose_on_the_way = "/notify"
    leipzig = moved(regions.leipzig, regions, "https://leipzig-neu.example")
    with leipzig.client:
        there = Regions(leipzig, regions.halle, regions.clock, regions.line)
        there.settle()
        partner = regions.halle.partner()
        assert partner.base == "https://leipzig.example/dfp/v1"
        halle = regions.halle.instance

        with pytest.raises(KeysRefused):
            following.meet_at(halle.transactions, regions.line, partner.id, "https://halle.example")
        met = following.meet_at(halle.transactions, regions.line, partner.id, "https://leipzig-neu.example/")

        assert met.base == "https://leipzig-neu.example/dfp/v1"
        assert met.state is PartnerState.ACTIVE
        leipzig.instance.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_old_documents_at_the_partners_own_address_suspend_and_in_a_notice_do_not(regions: Regions) -> None:
    regions.pair()
    with regions.leipzig.instance.transactions.reading(SYSTEM) as reading:
        old = v1.KeyDocuments(docs=identity.documents(reading.session))
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        own_keys.rotate(work)
    regions.settle()

    for newest, state in ((False, PartnerState.ACTIVE), (True, PartnerState.SUSPENDED)):
        with regions.halle.instance.transactions.writing(SYSTEM) as work:
            partner = work.session.get_one(Partner, regions.halle.partner().id)
            following.learn(work, partner, old, newest=newest)
        assert regions.halle.partner().state is state


def test_a_backup_brought_back_does_not_sign_a_second_document_of_a_version(regions: Regions) -> None:
    regions.pair()
    leipzig = regions.leipzig.instance
    with leipzig.transactions.writing(SYSTEM) as work:
        own_keys.rotate(work)
    regions.settle()
    with leipzig.transactions.writing(SYSTEM) as work:  # the backup knows neither the document nor its key
        work.session.delete(work.session.get_one(OwnKeyDocument, 2))
        secrets.forget(work.session, "dfp-k2")

    leipzig.prepare()
    with leipzig.transactions.writing(SYSTEM) as work:
        assert own_keys.revoke(work, "k1").version == 3
    regions.settle()
    regions.clock.turn(timedelta(hours=1))
    regions.settle()

    assert regions.halle.partner().state is PartnerState.ACTIVE
    assert [exchange.failures for exchange in regions.leipzig.partner().exchanges] == [0, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("old_place", ["answers", "sends on"])
def test_an_old_address_that_still_answers_leads_to_the_new_one_although_the_notice_is_lost(
    regions: Regions, old_place: str
) -> None:
    regions.pair()
    regions.line.lose_on_the_way = "/notify"
    leipzig = moved(regions.leipzig, regions, "https://leipzig-neu.example")
    with leipzig.client:
        regions.line.regions["https://leipzig.example"] = leipzig.client

        def send_on(_method: str, url: str, _body: bytes) -> Answer | None:
            if url.startswith("https://leipzig.example") and not url.endswith("/keys"):
                raise Redirected("308")
            return None

        if old_place == "sends on":
            regions.line.intercept = send_on
        regions.clock.turn(timedelta(minutes=7))
        Regions(leipzig, regions.halle, regions.clock, regions.line).settle()

        assert regions.halle.partner().base == "https://leipzig-neu.example/dfp/v1"
        leipzig.instance.close()


def test_a_key_signs_once_it_has_begun_for_clocks_that_are_behind_too() -> None:
    begins = datetime(2026, 11, 27, 12, tzinfo=UTC)
    first, second = (
        v1.RequestKey(kid=kid, x="AAAA", nbf=int(nbf.timestamp()), exp=2**40)
        for kid, nbf in (("k1", begins - timedelta(days=9)), ("k2", begins))
    )
    payload = v1.KeyPayload.model_construct(keys=[first, second], revoked=())

    used = [
        keys.in_use(payload, at=begins + timedelta(seconds=seconds), held=lambda _kid: True)
        for seconds in (0, 299, 300)
    ]

    assert used == ["k1", "k1", "k2"]
