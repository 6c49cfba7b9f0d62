"""What a partner costs that does not answer, and what it does not cost."""

from datetime import timedelta

from app.outbound.http import Answer, Unreachable
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
