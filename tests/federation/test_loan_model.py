"""T-46: a thousand random scripts over a bad network. Both sides tell the same in the end, and one thing is never
promised twice; and each rule that sees to it is missed when it is taken away.
"""

from collections import Counter
from random import Random

import pytest

from app.bookings.rules.exchange import Belief
from app.federation.commands import Claim
from tests.federation.loan_model import Rules, TwoAtOnce, World

SCRIPTS, MANY_SCRIPTS = 1_000, 50_000
STEPS = 60
REACHED = (
    "countered", "confirmed", "ready", "handed_over", "return_reported", "returned", "completed", "cancelled",
    "withdrawn", "declined", "unresolved", "lost",
)  # fmt: skip


def fails(seed: int, rules: Rules) -> bool:
    world = World(seed, rules)
    try:
        world.run(STEPS)
    except (TwoAtOnce, AssertionError):
        return True
    return bool(world.faults())


@pytest.mark.parametrize("scripts", [SCRIPTS, pytest.param(MANY_SCRIPTS, marks=pytest.mark.long)])
def test_after_very_many_bad_scripts_both_sides_tell_the_same_story(scripts: int) -> None:
    reached: Counter[str] = Counter()
    for seed in range(scripts):
        world = World(seed, Rules())
        world.run(STEPS)
        assert world.faults() == [], f"seed {seed}"
        reached.update(state.value for state in world.supplier.reached)
        reached["restored"] += world.epoch
        reached["for people"] += sum(row.for_people for one in world.requesters for row in one.rows.values())

    for state in (*REACHED, "restored", "for people"):
        assert reached[state], f"the scripts never come to {state}: {reached}"


WITHOUT = {
    "a command known by its id": Rules(claim=lambda _known, _fingerprint: Claim.NEW),
    "the guard of revisions": Rules(believe=lambda _held, _told, _source: Belief.NEWS),
    "one command at a time": Rules(
        next_to_send=lambda waiting: Random(len(waiting)).choice(waiting) if waiting else None
    ),
    "belief in what is read again": Rules(
        believe=lambda held, told, _source: Belief.NEWS if held is None or told > held else Belief.STALE
    ),
}


@pytest.mark.parametrize("rules", WITHOUT.values(), ids=WITHOUT)
def test_without_one_rule_the_stories_part(rules: Rules) -> None:
    assert any(fails(seed, rules) for seed in range(SCRIPTS))
