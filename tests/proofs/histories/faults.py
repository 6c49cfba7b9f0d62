"""Faults to plant in the rules of bookings, in this process: a model that does not notice them proves nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.bookings.rules import facts
from app.bookings.rules.states import is_answered
from app.bookings.rules.words import Effect, State
from app.bookings.service import asking, judging, negotiating, queueing, stepping

Plant = Callable[[pytest.MonkeyPatch], None]


def in_its_own_way(patch: pytest.MonkeyPatch) -> None:
    """What a promise holds counts against its own amendment."""
    judge = negotiating.judge

    def without_excuse(*about: Any, confirming: bool, holder_id: Any, **more: Any) -> Any:
        return judge(*about, confirming=confirming, holder_id=None if confirming else holder_id, **more)

    patch.setattr(negotiating, "judge", without_excuse)


def counter_not_judged(patch: pytest.MonkeyPatch) -> None:
    """The new time of a counter-offer is not looked at."""
    require = negotiating._require

    def of_promises_only(booking: Any, *about: Any) -> None:
        if is_answered(booking.state):
            require(booking, *about)

    patch.setattr(negotiating, "_require", of_promises_only)


def hold_stays_behind(patch: pytest.MonkeyPatch) -> None:
    """A counter-offer moves the time and not the units."""
    keep = stepping._keep_calendar

    def unless_countered(work: Any, booking: Any, move: Any) -> None:
        if move.row.effect is not Effect.NEW_TERMS:
            keep(work, booking, move)

    patch.setattr(stepping, "_keep_calendar", unless_countered)


def turn_not_held(patch: pytest.MonkeyPatch) -> None:
    """Whoever has a turn may find the units gone."""
    takes = stepping.takes_units

    def unless_offered(tail: Any, state: Any, **more: Any) -> bool:
        return state is not State.OFFERED and takes(tail, state, **more)

    patch.setattr(stepping, "takes_units", unless_offered)


def nobody_called(patch: pytest.MonkeyPatch) -> None:
    """What a step frees is offered to nobody."""
    patch.setattr(stepping, "call_next", lambda *_: None)


def asked_again_at_once(patch: pytest.MonkeyPatch) -> None:
    """Whoever passes has the next turn, too."""
    patch.setattr(queueing, "fits", lambda _booking, verdict: verdict.bookable)


def newcomers_overtake(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks at the right moment is served before those who wait."""
    patch.setattr(asking, "judge_newcomer", judging.judge)


def proposals_never_lapse(patch: pytest.MonkeyPatch) -> None:
    """A change can still be accepted weeks later."""
    patch.setattr(facts, "CHANGE_OPEN", timedelta(weeks=20))


FAULTS: tuple[Plant, ...] = (
    in_its_own_way,
    counter_not_judged,
    hold_stays_behind,
    turn_not_held,
    nobody_called,
    asked_again_at_once,
    newcomers_overtake,
    proposals_never_lapse,
)
