"""What a partner costs that does not answer, and what it does not cost."""

import threading
import time
from datetime import timedelta

from app.federation.service import publishing
from app.federation.tables import Feed
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
    assert waits.acquire(timeout=20)
    offer(halle, signed_in_person(halle, "Hanna"), title="Leiter")

    deadline = time.monotonic() + 20
    while not published(halle):
        assert time.monotonic() < deadline, "the publisher waited for the partner"
        time.sleep(0.02)

    assert not may_end.is_set()
    may_end.set()
    assert halle.runner.stop(30)


def published(instance: Instance) -> int:
    with instance.database.reading() as session:
        return session.get_one(Feed, publishing.LISTINGS).head
