"""Whatever happens to a feed and its reader, in the end both hold the same; and every rule is needed for that."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from app.federation import cursor, reading
from app.federation.cursor import Cursor, FeedPosition
from app.federation.problems import ResyncRequired
from app.federation.reading import Verdict
from app.wiring import Instance
from tests.factories.imposters import LISTING
from tests.factories.origins import serving_origin
from tests.federation.feed_model import RulesReader, ServiceReader, World, run

SHORT = 1_000
LONG = 50_000
PLAIN = World()
FORGETFUL = World(forgets_epoch=True)
PROMPT = World(forgets_epoch=True, rests_around_restore=True)


def diverging(world: World, runs: int, *, lenient: bool = False, **reader: bool) -> Iterator[str]:
    for seed in range(runs):
        difference = run(seed, world, RulesReader(**reader), lenient=lenient)
        if difference:
            yield f"seed {seed}: {difference}"


def diverged(world: World, runs: int, *, lenient: bool = False, **reader: bool) -> list[str]:
    return list(diverging(world, runs, lenient=lenient, **reader))


def is_noticed(world: World, *, lenient: bool = False, **reader: bool) -> bool:
    return next(diverging(world, SHORT, lenient=lenient, **reader), None) is not None


def check_everything(runs: int) -> None:
    assert diverged(PLAIN, runs, digest=False) == []
    assert diverged(PLAIN, runs // 5) == []
    assert diverged(FORGETFUL, runs // 5) == []
    assert diverged(PROMPT, runs // 5, lenient=True, digest=False) == []


def test_after_random_faults_reader_and_origin_hold_the_same() -> None:
    check_everything(SHORT)


@pytest.mark.long
def test_after_very_many_random_faults_reader_and_origin_hold_the_same() -> None:
    check_everything(LONG)


def never_410_below_the_floor(after: str | None, feed: FeedPosition) -> Cursor:
    if not after:
        return cursor.start(feed)
    at = cursor.parse(after)
    if at.epoch != feed.epoch or at.seq > feed.head:
        raise ResyncRequired
    return at


def always_410_below_the_floor(after: str | None, feed: FeedPosition) -> Cursor:
    at = never_410_below_the_floor(after, feed)
    if after and at.seq < feed.floor:
        raise ResyncRequired
    return at


def counting_anew(old: int | None, _unix_ms: int) -> int:
    return (old or 0) + 1


def without_the_head(page: reading.Page, stand: reading.Stand) -> Verdict:
    return judge(page, replace(stand, head_seen=0))


judge = reading.judge


def guard_for_ever(
    revision: int, _fingerprint: str, known: reading.Known | None, _stand: reading.Stand
) -> bool:
    return known is None or revision > known.revision


RULES: dict[str, tuple[object, str, Callable[..., object], World, bool]] = {
    "the origin notices that a purge was missed": (
        cursor, "continue_from", never_410_below_the_floor, PLAIN, False,
    ),
    "a walk may pass the floor at which it began": (
        cursor, "continue_from", always_410_below_the_floor, PLAIN, False,
    ),
    "revisions never begin again": (cursor, "next_revision", counting_anew, PLAIN, False),
    "a head that falls three times is a restore": (reading, "judge", without_the_head, PROMPT, True),
    "the guard is that of this walk": (reading, "is_news", guard_for_ever, PLAIN, False),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_without_one_of_the_rules_it_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, broken, world, lenient = RULES[rule]
    monkeypatch.setattr(module, name, broken)

    assert is_noticed(world, lenient=lenient, digest=False)


def test_a_cursor_stored_before_the_data_is_noticed() -> None:
    assert is_noticed(PLAIN, digest=False, cursor_first=True)
    assert diverged(PLAIN, 100, cursor_first=True) == []  # the digest heals it


def test_an_epoch_that_was_forgotten_needs_the_digest() -> None:
    assert is_noticed(FORGETFUL, digest=False)


def check_services(instance: Instance, monkeypatch: pytest.MonkeyPatch, seeds: Iterable[int]) -> None:
    for seed in seeds:
        with serving_origin() as origin:
            partner_id = origin.befriend(instance)
        reader = ServiceReader(instance, partner_id, monkeypatch)
        base = origin.base.removesuffix("/dfp/v1")
        monkeypatch.setitem(LISTING, "url", f"{base}/listings/1")
        difference = run(seed, World(steps=24), reader, instance=origin.instance)
        assert difference is None, f"seed {seed}: {difference}"


def test_the_services_hold_what_the_rules_promise(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_services(instance, monkeypatch, (0, 39))  # 39: read right after a purge


@pytest.mark.long
def test_the_services_hold_what_the_rules_promise_very_often(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_services(instance, monkeypatch, range(60))
