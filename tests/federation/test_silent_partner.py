"""What a partner costs that does not answer, and what it does not cost."""

import hashlib
import threading
import time
from datetime import timedelta
from uuid import UUID

from app.federation.service import partners, publishing
from app.federation.tables import Feed, Partner
from app.federation.trust import PartnerState, Step
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.outbound.http import Answer, Unreachable
from app.wiring import Instance
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Regions


def test_a_silent_partner_is_asked_for_one_page_and_then_left_alone(regions: Regions) -> None:
    regions.pair()
    asked = []

    def silence(method: str, url: str, _body: bytes) -> Answer | None:
        asked.append((method, url))
        raise Unreachable("silence")

    regions.line.intercept = silence
    regions.clock.turn(timedelta(minutes=7))

    regions.halle.instance.runner.run_due()

    assert len(asked) == 1
    exchanges = regions.halle.partner().exchanges
    assert [(exchange.failures, exchange.last_error) for exchange in exchanges] == [(1, "silence")] * 2


def test_a_partner_that_was_away_for_hours_is_asked_as_soon_as_it_speaks(regions: Regions) -> None:
    regions.pair()
    halle, leipzig = regions.halle.instance, regions.leipzig.instance
    regions.line.lose_on_the_way = ""  # nothing arrives
    for _ in range(40):
        regions.clock.turn(timedelta(minutes=30))
        halle.runner.run_due()
    offer(leipzig, signed_in_person(leipzig, "Ben"), title="Leiter")
    regions.line.lose_on_the_way = "nothing is lost"
    halle.runner.run_due()
    assert regions.halle.found("Leiter") == []

    leipzig.runner.run_due()  # it reads, as every few minutes
    halle.runner.run_due()

    assert [item["title"] for item in regions.halle.found("Leiter")] == ["Leiter"]


def test_while_a_partner_keeps_us_waiting_our_own_listings_are_published(regions: Regions) -> None:
    regions.pair()
    halle, may_end, waits = regions.halle.instance, threading.Event(), threading.Semaphore(0)

    def hang(_method: str, _url: str, _body: bytes) -> Answer | None:
        waits.release()
        may_end.wait(30)
        raise Unreachable("silence")

    regions.line.intercept = hang
    regions.clock.turn(timedelta(minutes=7))
    halle.runner.start()
    assert waits.acquire(timeout=60)
    offer(halle, signed_in_person(halle, "Hanna"), title="Leiter")

    deadline = time.monotonic() + 60
    while not published(halle):
        assert time.monotonic() < deadline, "the publisher waited for the partner"
        time.sleep(0.02)

    assert not may_end.is_set()
    may_end.set()
    assert halle.runner.stop(30)


def test_a_dead_partner_with_much_to_hear_holds_up_no_other(regions: Regions) -> None:
    regions.pair()
    halle, may_end, waits, asked = regions.halle.instance, threading.Event(), threading.Semaphore(0), []
    dead = stranger(halle, "dead")
    for number in range(30):
        with halle.transactions.writing(SYSTEM) as work:
            work.enqueue("federation.keys", {"partner_id": str(dead)}, key=f"{number}")

    def hang(_method: str, url: str, _body: bytes) -> Answer | None:
        if "dead.example" not in url:
            return None
        asked.append(url)
        waits.release()
        may_end.wait(30)
        raise Unreachable("silence")

    regions.line.intercept = hang
    halle.runner.start()
    assert waits.acquire(timeout=60)
    offer(regions.leipzig.instance, signed_in_person(regions.leipzig.instance, "Ben"), title="Leiter")
    regions.clock.turn(timedelta(seconds=11))
    regions.leipzig.instance.runner.run_due()

    deadline = time.monotonic() + 60
    while not regions.halle.found("Leiter"):
        assert time.monotonic() < deadline, "a partner waited for the dead one"
        time.sleep(0.05)

    assert (may_end.is_set(), len(asked)) == (False, 1)
    may_end.set()
    assert halle.runner.stop(30)


def test_twenty_dead_partners_cost_a_search_nothing(regions: Regions) -> None:
    regions.pair()
    offer(regions.leipzig.instance, signed_in_person(regions.leipzig.instance, "Ben"), title="Leiter")
    regions.settle()
    for number in range(20):
        stranger(regions.halle.instance, f"dead{number}")
    regions.clock.turn(timedelta(minutes=7))
    regions.halle.instance.runner.run_due()
    spoken = len(regions.line.sent)

    assert [item["title"] for item in regions.halle.found("Leiter")] == ["Leiter"]
    assert len(regions.line.sent) == spoken
    assert sum("dead" in url for _, url in regions.line.sent) >= 20


def stranger(instance: Instance, name: str) -> UUID:
    """A partner that nobody has ever heard of since."""
    with instance.transactions.writing(SYSTEM) as work:
        partner = Partner(
            id=new_id(),
            instance=hashlib.sha256(name.encode()).hexdigest()[:40],
            name=name,
            base=f"https://{name}.example/dfp/v1",
            state=PartnerState.PENDING,
            grants=[],
            granted=[],
            documents=[],
            keys_asked_at=work.now,
            paired_at=work.now,
            changed_at=work.now,
        )
        work.session.add(partner)
        work.session.flush()  # its feeds refer to it
        partners.move(work, partner, Step.CONFIRM)
        return partner.id


def published(instance: Instance) -> int:
    with instance.database.reading() as session:
        return session.get_one(Feed, publishing.LISTINGS).head
