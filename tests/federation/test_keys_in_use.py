"""Keys at work between two regions: a move, a rotation, and one identity in two hands."""

import json
from datetime import timedelta

from fastapi.testclient import TestClient

from app import wiring
from app.federation import keys
from app.federation.problems import KeyUnknown
from app.federation.protocol import v1
from app.federation.service import following, identity
from app.federation.tables import OwnKeyDocument, Partner
from app.federation.trust import PartnerState
from app.kernel.actor import SYSTEM
from app.main import create_app
from app.outbound.http import Answer
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Region, Regions


def moved(region: Region, regions: Regions, public_url: str) -> Region:
    """The same region under another address; nobody answers at the old one."""
    settings = region.instance.settings.model_copy(update={"public_url": public_url})
    instance = wiring.open_instance(settings, clock=regions.clock, http=region.line)
    instance.prepare()
    client = TestClient(create_app(instance=instance), base_url=public_url)
    region.line.regions.pop(region.instance.settings.public_url)
    region.line.regions[public_url] = client
    return Region(instance, client, region.line)


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
        control = identity._key(reading.session, "c1")
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


def test_a_key_rotated_without_notice_is_learned_from_the_partners_own_address(regions: Regions) -> None:
    regions.pair()
    _, second = second_document(regions)
    payload = keys.payload_of(second)
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        control = identity._key(work.session, "c1")
        rotated = payload.model_copy(
            update={"keys": [v1.RequestKey(kid="k2", x=payload.keys[0].x, nbf=0, exp=payload.keys[0].exp)]}
        )
        work.session.add(OwnKeyDocument(version=2, **keys.issue(rotated, kid="c1", key=control).to_json()))
        signer = identity.own(work)
    signer = identity.Identity(signer.instance, "k2", signer.key, signer.base)
    url = "https://halle.example/dfp/v1/pairings/self"

    def ask() -> int:
        signed = signer.sign(identity.signatures.Request("GET", url, {}), now=regions.clock.now())
        return regions.halle.client.get(url, headers=signed).status_code

    regions.clock.turn(timedelta(minutes=6))
    assert ask() == 401
    regions.halle.instance.runner.run_due()
    assert ask() == 200


def test_two_documents_of_one_version_suspend_the_partnership(regions: Regions) -> None:
    regions.pair()
    offer_documents(regions, *second_document(regions))

    offer_documents(regions, *second_document(regions, base="https://thief.example/dfp/v1"))

    assert regions.halle.partner().state is PartnerState.SUSPENDED
    assert regions.halle.partner().base == "https://leipzig.example/dfp/v1"


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
