"""Who shows a token, and for how long that counts."""

from datetime import timedelta

import pytest

from app.accounts import service as accounts
from app.kernel.actor import NOBODY, StaffRole
from tests.factories.accounts import signed_in_person


def test_a_token_says_who_acts(instance):
    moderator = signed_in_person(instance, "Mo", staff=StaffRole.MODERATOR)

    actor = moderator.actor_in(instance)

    assert (actor.id, actor.staff, actor.memberships) == (moderator.id, StaffRole.MODERATOR, {})


def test_an_unknown_token_says_nobody(instance):
    with instance.transactions.reading(NOBODY) as reading:
        assert accounts.authenticate(reading, "x" * 43) is NOBODY
        assert accounts.authenticate(reading, "\ud800") is NOBODY


@pytest.mark.parametrize("used_after_days", [[30], [29, 29, 29, 3]], ids=["idle for 30 days", "90 days old"])
def test_a_session_ends_by_the_clock(instance, clock, used_after_days):
    anna = signed_in_person(instance)

    for days in used_after_days[:-1]:
        clock.turn(timedelta(days=days))
        with instance.transactions.writing(NOBODY) as work:
            assert accounts.authenticate(work, anna.token).id == anna.id
    clock.turn(timedelta(days=used_after_days[-1]))

    assert anna.actor_in(instance) is NOBODY
