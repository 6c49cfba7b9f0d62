"""Two instances come to know each other: by an invite, by key, and no further than was granted."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import select

from app.federation import invites, keys, signatures
from app.federation.client import PartnerRefused
from app.federation.problems import KeysRefused
from app.federation.protocol import v1
from app.federation.service import identity, partners
from app.federation.tables import MirrorEntry
from app.federation.trust import PartnerState
from app.kernel.actor import SYSTEM, StaffRole
from app.kernel.problems import NotNow
from app.outbound.http import Answer, Unreachable
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Region, Regions


def signed(region: Region, method: str, url: str, body: bytes = b"") -> httpx2.Response:
    """Send to Leipzig what this region signs."""
    with region.instance.transactions.reading(SYSTEM) as reading:
        own, now = identity.own(reading), reading.now
    headers = {"content-type": "application/json"} if body else {}
    headers |= own.sign(signatures.Request(method, url, headers, body), now=now)
    return region.line.regions["https://leipzig.example"].request(method, url, headers=headers, content=body)


def test_an_instance_describes_itself_to_everybody(regions: Regions) -> None:
    told = regions.leipzig.client.get("/.well-known/dfp").json()

    assert told["base"] == "https://leipzig.example/dfp/v1"
    assert told["name"] == "Depot Leipzig"
    documents = regions.leipzig.client.get("/dfp/v1/keys").json()
    chain = keys.verify(v1.KeyDocuments.model_validate(documents).docs, instance=told["instance"])
    assert chain.latest.base == told["base"]


def test_an_invite_makes_partners_of_two_instances(regions: Regions) -> None:
    accepted = regions.halle.accept(regions.leipzig.invite())

    here, there = regions.halle.partner(), regions.leipzig.partner()
    assert accepted == here
    assert (here.name, there.name) == ("Depot Leipzig", "Depot Halle")
    assert (here.state, there.state) == (PartnerState.ACTIVE, PartnerState.ACTIVE)
    assert here.instance == regions.leipzig.client.get("/.well-known/dfp").json()["instance"]
    assert set(here.granted) == set(there.grants) == {"listing.read", "request.create"}


def test_accepting_again_after_a_lost_answer_is_harmless(regions: Regions) -> None:
    invite = regions.leipzig.invite()
    regions.line.lose = lambda method, _url: method == "POST"

    with pytest.raises(Unreachable):
        regions.halle.accept(invite)
    regions.line.lose = lambda _method, _url: False
    regions.halle.accept(invite)

    assert regions.leipzig.partner().state is regions.halle.partner().state is PartnerState.ACTIVE


def test_a_partner_that_has_not_noted_the_pairing_yet_is_asked_again(regions: Regions) -> None:
    ada = signed_in_person(regions.leipzig.instance, "Ada")
    offer(regions.leipzig.instance, ada, title="Leiter")
    not_yet = Answer(403, {}, b'{"code": "not-partner"}')
    regions.line.intercept = lambda _method, url, _body: not_yet if "/feeds/" in url else None
    regions.pair()
    assert regions.halle.partner().state is regions.leipzig.partner().state is PartnerState.ACTIVE

    regions.line.intercept = lambda _method, _url, _body: None
    regions.clock.turn(timedelta(hours=1))
    regions.settle()

    assert len(regions.halle.found("leiter")) == 1


def test_an_invite_works_for_one_instance_only(regions: Regions) -> None:
    invite = regions.leipzig.invite()
    regions.halle.accept(invite)

    refused = foreign_claim(regions, invite)

    assert (refused.status_code, refused.json()["code"]) == (403, "invite-invalid")


def foreign_claim(regions: Regions, invite: str, **changes: Any) -> httpx2.Response:
    """Somebody else with a key and a document of their own answers the invite."""
    now = regions.clock.now()
    key = Ed25519PrivateKey.generate()
    instance = keys.fingerprint(key.public_key())
    public = keys.to_text(key.public_key())
    payload = v1.KeyPayload(
        instance=instance,
        v=1,
        iat=0,
        control=[v1.ControlKey(kid="c1", x=public)],
        keys=[v1.RequestKey(kid="k1", x=public, nbf=0, exp=2**40)],
        base="https://10.0.0.1/dfp/v1",
    )
    ask = {
        "instance": instance,
        "base": "https://10.0.0.1/dfp/v1",
        "token": invites.decode(invite, now=now).token,
        "name": "Nirgendwo",
        "docs": [keys.issue(payload, kid="c1", key=key).to_json()],
        "grants": {},
        "wants": {"listing.read": True},
        **changes,
    }
    body = json.dumps(ask).encode()
    url = "https://leipzig.example/dfp/v1/pairings"
    headers = {"content-type": "application/json"}
    request = signatures.Request("POST", url, headers, body)
    headers |= signatures.sign(request, key=key, key_id=signatures.KeyId(instance, "k1"), now=now)
    return regions.leipzig.client.post(url, headers=headers, content=body)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "guessed"}, "invite-invalid"),
        ({"instance": "0" * 40}, "invite-invalid"),
        ({"docs": []}, "schema-invalid"),
        ({"wants": "everything"}, "schema-invalid"),
    ],
)
def test_a_wrong_claim_is_refused_and_calls_nobody(
    regions: Regions, changes: dict[str, Any], code: str
) -> None:
    answer = foreign_claim(regions, regions.leipzig.invite(), **changes)

    assert answer.json()["code"] == code
    assert regions.line.sent == []


def test_an_unpaired_claim_makes_no_outbound_request_until_it_is_proved(regions: Regions) -> None:
    answer = foreign_claim(regions, regions.leipzig.invite())

    assert answer.json()["grants"] == {"listing.read": True, "request.create": False}
    assert regions.line.sent == []


def test_of_two_that_answer_one_invite_at_once_exactly_one_is_let_in(regions: Regions) -> None:
    invite = regions.leipzig.invite()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: foreign_claim(regions, invite), range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    assert regions.leipzig.partner().state is PartnerState.ACTIVE


def test_an_expired_invite_is_refused_by_the_inviting_side(regions: Regions) -> None:
    invite = regions.leipzig.invite()
    text = invites.decode(invite, now=regions.clock.now())
    regions.clock.turn(timedelta(days=3, seconds=1))
    prolonged = invites.Invite(text.base, text.instance, text.token, text.expires_at + timedelta(days=1))

    with pytest.raises(PartnerRefused, match="invite-invalid"):
        regions.halle.accept(invites.encode(prolonged))


def test_whoever_sits_at_the_address_must_be_the_instance_that_invited(regions: Regions) -> None:
    text = invites.decode(regions.leipzig.invite(), now=regions.clock.now())
    elsewhere = invites.Invite(text.base, "0" * 40, text.token, text.expires_at)

    with pytest.raises(KeysRefused):
        regions.halle.accept(invites.encode(elsewhere))


def test_a_stranger_learns_nothing(regions: Regions) -> None:
    for method, path in [
        ("GET", "feeds/listing"),
        ("GET", "feeds/nothing"),
        ("GET", "pairings/self"),
        ("DELETE", "pairings/self"),
        ("PUT", "requests/0193a1b2-0000-7000-8000-000000000001"),
        ("POST", "notify"),
    ]:
        url = f"https://leipzig.example/dfp/v1/{path}"
        unsigned = regions.leipzig.client.request(method, url)
        unpaired = signed(regions.halle, method, url)
        assert (unsigned.status_code, unsigned.json()["code"]) == (401, "signature-missing")
        assert (unpaired.status_code, unpaired.json()["code"]) == (403, "not-partner")


def test_a_request_signed_for_another_instance_is_refused(regions: Regions) -> None:
    regions.pair()
    url = "https://leipzig.example/dfp/v1/feeds/listing"
    with regions.halle.instance.transactions.reading(SYSTEM) as reading:
        headers = identity.own(reading).sign(
            signatures.Request("GET", url.replace("leipzig", "magdeburg"), {}), now=reading.now
        )

    answer = regions.leipzig.client.get(
        url, headers={**headers, "X-Forwarded-Host": "magdeburg.example", "Host": "magdeburg.example"}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "signature-invalid")


def test_a_suspended_partner_is_told_so_and_its_copies_are_hidden(regions: Regions) -> None:
    regions.pair()
    offer(regions.leipzig.instance, signed_in_person(regions.leipzig.instance, "Ben"), title="Leiter")
    regions.settle()
    assert len(regions.halle.found("leiter")) == 1
    admin = signed_in_person(regions.halle.instance, "Ada", staff=StaffRole.ADMIN)
    path = f"/api/v1/partners/{regions.halle.partner().id}"

    suspended = regions.halle.client.post(f"{path}/suspend", headers=admin.headers)

    assert suspended.json()["state"] == "suspended"
    assert regions.halle.found("leiter") == []
    regions.clock.turn(timedelta(hours=1))
    regions.settle()
    [feed] = [e for e in regions.leipzig.partner().exchanges if e.kind == "listing"]
    assert "suspended" in (feed.last_error or "")

    regions.halle.client.post(f"{path}/resume", headers=admin.headers)
    regions.settle()
    assert len(regions.halle.found("leiter")) == 1


def test_an_ended_partnership_ends_on_both_sides_and_copies_are_purged(regions: Regions) -> None:
    regions.pair()
    offer(regions.leipzig.instance, signed_in_person(regions.leipzig.instance, "Ben"), title="Leiter")
    regions.settle()
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        partners.end(work, regions.leipzig.partner().id)

    assert regions.leipzig.partner().state is PartnerState.ENDED
    regions.settle()
    assert regions.halle.partner().state is PartnerState.ENDED
    assert regions.halle.found("leiter") == []

    regions.clock.turn(timedelta(hours=25))
    regions.settle()
    assert {exchange.entries for exchange in regions.halle.partner().exchanges} == {0}


def test_partners_may_pair_again_after_an_end(regions: Regions) -> None:
    regions.pair()
    offer(regions.leipzig.instance, signed_in_person(regions.leipzig.instance, "Ben"), title="Leiter")
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        partners.end(work, regions.leipzig.partner().id)
    regions.settle()

    regions.pair()

    assert regions.leipzig.partner().state is regions.halle.partner().state is PartnerState.ACTIVE
    assert len(regions.halle.found("leiter")) == 1


def test_partners_are_the_business_of_admins(regions: Regions) -> None:
    regions.pair()
    somebody = signed_in_person(regions.leipzig.instance, "Ben")
    admin = signed_in_person(regions.leipzig.instance, "Ada", staff=StaffRole.ADMIN)
    client = regions.leipzig.client

    for method, path in [("GET", ""), ("POST", "/invites"), ("POST", f"/{regions.leipzig.partner().id}/end")]:
        body = {} if method == "POST" else None
        refused = client.request(method, f"/api/v1/partners{path}", headers=somebody.headers, json=body)
        assert refused.status_code == 403, refused.text
    listed = client.get("/api/v1/partners", headers=admin.headers).json()["items"]
    invited = client.post("/api/v1/partners/invites", headers=admin.headers, json={"hours": 24}).json()

    assert [partner["name"] for partner in listed] == ["Depot Halle"]
    assert invites.decode(invited["invite"], now=regions.clock.now()).base == "https://leipzig.example/dfp/v1"


def test_on_the_wire_what_was_signed_is_taken_to_the_letter_and_a_repeated_notice_has_no_further_effect(
    regions: Regions,
) -> None:
    """T-38 to T-40 where the bytes of the request line count: in front of the routes."""
    regions.pair()
    leipzig, now = regions.leipzig, regions.clock.now()
    url = "https://leipzig.example/dfp/v1/feeds/listing?limit=5&after=&x=%2F"
    with regions.halle.instance.transactions.reading(SYSTEM) as reading:
        own = identity.own(reading)
    headers = own.sign(signatures.Request("GET", url, {}), now=now)

    def code(asked: str, *, at: int = 0) -> str | None:
        mine = (
            own.sign(signatures.Request("GET", url, {}), now=now + timedelta(seconds=at)) if at else headers
        )
        answer = leipzig.client.get(asked, headers=mine)
        return None if answer.status_code == 200 else str(answer.json()["code"])

    assert code(url) is code(url) is None
    for altered in (
        ("limit=5&after=", "after=&limit=5"),
        ("%2F", "%2f"),
        ("%2F", "/"),
        ("listing", "l%69sting"),
    ):
        assert code(url.replace(*altered)) == "signature-invalid"
    assert [code(url, at=seconds) for seconds in (-299, 299)] == [None, None]
    assert [code(url, at=seconds) for seconds in (-301, 301)] == ["clock-skew", "clock-skew"]

    offer(leipzig.instance, signed_in_person(leipzig.instance, "Ben"), title="Leiter")
    notice, body = "https://halle.example/dfp/v1/notify", b'{"kind": "listing"}'
    said = {"content-type": "application/json"}
    with leipzig.instance.transactions.reading(SYSTEM) as reading:
        said |= identity.own(reading).sign(signatures.Request("POST", notice, said, body), now=now)
    regions.clock.turn(timedelta(seconds=11))
    regions.line.sent.clear()
    for _ in range(5):
        assert regions.halle.client.post(notice, headers=said, content=body).status_code == 202
        regions.halle.instance.runner.run_due()
    assert sum("/feeds/listing" in asked for _, asked in regions.line.sent) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_invite_used_before_neither_revives_an_end_nor_gives_back_what_was_taken(regions: Regions) -> None:
    invite = regions.leipzig.invite()
    regions.halle.accept(invite)
    admin = signed_in_person(regions.leipzig.instance, "Ada", staff=StaffRole.ADMIN)
    path = f"/api/v1/partners/{regions.leipzig.partner().id}"

    regions.leipzig.client.put(f"{path}/grants", json={"grants": ["listing.read"]}, headers=admin.headers)
    regions.halle.accept(invite)
    assert regions.leipzig.partner().grants == ["listing.read"]
    assert regions.halle.partner().granted == ["listing.read"]

    assert regions.leipzig.client.post(f"{path}/end", headers=admin.headers).json()["state"] == "ended"
    with pytest.raises(NotNow):
        regions.halle.accept(invite)
    assert regions.leipzig.partner().state is PartnerState.ENDED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_longer_granted_is_hidden_at_once_purged_within_a_day_and_read_anew_when_granted_again(
    regions: Regions,
) -> None:
    regions.pair()
    leipzig = regions.leipzig
    admin = signed_in_person(leipzig.instance, "Ada", staff=StaffRole.ADMIN)
    offer(leipzig.instance, admin, title="Leiter")
    regions.settle()
    path = f"/api/v1/partners/{leipzig.partner().id}/grants"

    leipzig.client.put(path, json={"grants": ["request.create"]}, headers=admin.headers)
    regions.clock.turn(timedelta(minutes=7))
    regions.settle()
    assert regions.halle.partner().granted == ["request.create"]
    assert regions.halle.found("leiter") == []
    assert regions.halle.partner().state is PartnerState.ACTIVE
    regions.clock.turn(timedelta(hours=25))
    regions.settle()
    with regions.halle.instance.database.reading() as session:
        assert session.exec(select(MirrorEntry)).all() == []

    leipzig.client.put(path, json={"grants": ["listing.read", "request.create"]}, headers=admin.headers)
    regions.clock.turn(timedelta(hours=25))
    regions.settle()
    assert len(regions.halle.found("leiter")) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_clock_that_is_wrong_hears_the_time_and_a_packed_body_is_not_read(regions: Regions) -> None:
    regions.pair()
    url = "https://leipzig.example/dfp/v1/notify"
    body = b'{"kind":"listing"}'
    with regions.halle.instance.transactions.reading(SYSTEM) as reading:
        own, now = identity.own(reading), reading.now

    def tell(at: datetime, kind: str = "application/json", **more: str) -> httpx2.Response:
        headers = {"content-type": kind} | more
        headers |= own.sign(signatures.Request("POST", url, headers, body), now=at)
        return regions.leipzig.client.post(url, headers=headers, content=body)

    late = tell(now - timedelta(seconds=301))

    assert (late.status_code, late.json()["code"]) == (401, "clock-skew")
    assert datetime.fromisoformat(late.json()["date"]) == now.replace(microsecond=0)
    assert tell(now).status_code == 202
    for odd in (tell(now, "text/plain"), tell(now, **{"content-encoding": "gzip"})):
        assert (odd.status_code, odd.json()["code"]) == (415, "unsupported-content")
