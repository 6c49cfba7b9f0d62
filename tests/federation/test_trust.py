from itertools import product

import pytest

from app.federation.trust import ALLOWS, MOVES, PartnerState, Step, after
from app.kernel.problems import NotNow


@pytest.mark.parametrize(("state", "step"), sorted(set(product(PartnerState, Step)) - MOVES.keys()))
def test_every_step_not_in_the_table_is_refused(state, step):
    with pytest.raises(NotNow):
        after(state, step)


@pytest.mark.parametrize(("state", "step"), MOVES)
def test_every_step_in_the_table_leads_where_it_says(state, step):
    assert after(state, step) is MOVES[state, step]


def test_every_partnership_can_be_ended_and_only_an_active_one_exchanges():
    assert {state for state in PartnerState if (state, Step.END) in MOVES} == set(PartnerState) - {
        PartnerState.ENDED
    }
    assert [state for state in PartnerState if ALLOWS[state].catalogue] == [PartnerState.ACTIVE]
    assert [state for state in PartnerState if ALLOWS[state].copies_shown] == [PartnerState.ACTIVE]


def test_what_was_promised_is_kept_whatever_the_instances_think_of_each_other():
    assert ALLOWS[PartnerState.SUSPENDED].running_loans
    assert ALLOWS[PartnerState.ENDED].running_loans
