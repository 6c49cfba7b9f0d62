"""What a consumer bears: poison, lies, silence, and a partner whose keys are in two hands."""

import json
from datetime import timedelta

import pytest

from app.federation import cursor
from app.federation.freshness import Freshness
from app.federation.service import consuming
from app.federation.trust import PartnerState
from app.kernel.actor import SYSTEM
from app.kernel.problems import NotNow
from app.outbound.http import Answer
from tests.factories.imposters import Imposter, entry, tombstone

POISON = {
    "unknown kind of thing": entry(2, kind="spaceship"),
    "title of another type": entry(2, title=7),
    "no data": {**entry(2), "data": None},
    "too much data": entry(2, terms="x" * 40_000),
    "half a character": entry(2, title="\ud800"),
    "address elsewhere": entry(2, url="https://evil.example/listings/1"),
    "address of a script": entry(2, url="javascript:alert(1)"),
    "a number that is none": entry(2, units="many"),
    "impossible place": entry(2, place={"lat": 200.0, "lon": 0.0}),
}


def test_poison_entries_are_put_aside_and_the_rest_goes_on(imposter: Imposter) -> None:
    poison = [
        {**bad, "seq": number, "id": f"bad-{number}"} for number, bad in enumerate(POISON.values(), start=2)
    ]
    imposter.items = [entry(1), *poison, entry(99)]

    exchange = imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 99"}
    assert (exchange.failures, exchange.entries) == (0, len(POISON) + 2)
    assert exchange.quarantined == len(POISON)
    told = {one.id: one for one in exchange.quarantine}
    now = imposter.regions.clock.now()
    assert all(one.why and one.since and one.since > now - timedelta(minutes=10) for one in told.values())
    assert told["bad-2"].what == "Leiter 2"

    imposter.items = [entry(1), entry(99), entry(100, "bad-2", rev=9000)]
    imposter.changes = {"count": None, "digest": None}
    exchange = imposter.poll()
    assert imposter.found() == {"Leiter 1", "Leiter 99", "Leiter 100"}
    assert exchange.quarantined == len(POISON) - 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_only_the_database_refuses_is_put_aside_alone(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2)]
    imposter.poll()
    with imposter.regions.halle.instance.transactions.writing(SYSTEM) as work:
        work.session.connection().exec_driver_sql(
            "CREATE TRIGGER refuses BEFORE UPDATE ON listing WHEN NEW.title = 'Leiter 4' "
            "BEGIN SELECT RAISE(ABORT, 'impossible'); END"
        )

    imposter.items = [entry(3, "item-1"), entry(4, "item-2"), entry(5)]
    exchange = imposter.poll()

    assert imposter.found() == {"Leiter 3", "Leiter 5"}
    assert (exchange.failures, exchange.entries, exchange.quarantined) == (0, 3, 1)
    assert [one.why for one in exchange.quarantine] == ["no database can hold it"]


def test_one_thing_told_twice_in_a_page_is_what_was_told_last(imposter: Imposter) -> None:
    imposter.items = [entry(1, "a"), entry(2, "b"), entry(3, "c")]
    imposter.poll()

    imposter.items = [
        entry(4, "a", title=7),
        entry(5, "a"),
        tombstone(6, "b"),
        entry(7, "b"),
        entry(8, "c"),
        tombstone(9, "c"),
        entry(10, "d", title=7),
        entry(11, "d"),
    ]
    listings = imposter.poll()

    assert (listings.failures, listings.quarantined) == (0, 0)
    assert imposter.found() == {"Leiter 5", "Leiter 7", "Leiter 11"}


def test_unknown_states_and_members_are_passed_over(imposter: Imposter) -> None:
    imposter.items = [
        {**entry(1), "colour": "red"},
        {**entry(2), "state": "sleeping"},
        entry(3, smell="none"),
    ]
    active = [(item["id"], item["rev"]) for item in (imposter.items[0], imposter.items[2])]
    imposter.changes = {"news": True, "count": 2, "digest": cursor.digest_of(active)}

    exchange = imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 3"}
    assert exchange.failures == 0


def test_a_page_that_breaks_the_protocol_is_refused_whole_and_asked_for_again_later(
    imposter: Imposter,
) -> None:
    imposter.items = [entry(1), entry(2)]
    imposter.raw = lambda after: json.dumps(imposter.page(after) | {"kind": "request"}).encode()

    exchange = imposter.poll()
    assert (exchange.failures >= 1, exchange.entries, imposter.found()) == (True, 0, set())

    imposter.raw = None
    imposter.regions.clock.turn(timedelta(hours=1))
    imposter.poll()
    assert imposter.found() == {"Leiter 1", "Leiter 2"}


def test_an_older_revision_never_overwrites_a_newer_one(imposter: Imposter) -> None:
    imposter.items = [entry(1, "ladder", rev=5000)]
    imposter.poll()

    imposter.items = [entry(2, "ladder", rev=4000)]
    imposter.changes = {"count": None, "digest": None}
    imposter.poll()

    assert imposter.found() == {"Leiter 1"}


def test_a_walk_that_is_cut_off_deletes_nothing(imposter: Imposter) -> None:
    imposter.items = [entry(number) for number in range(1, 7)]
    imposter.poll()
    imposter.page_size = 2
    imposter.epoch, imposter.items = "e2", [entry(number) for number in range(11, 17)]

    def dies_on_the_second_page(after: str) -> bytes:
        return b"" if after.startswith("e2") else json.dumps(imposter.page(after)).encode()

    imposter.refusal = (410, "resync-required")
    imposter.regions.clock.turn(timedelta(minutes=7))
    imposter.regions.halle.instance.runner.run_due(20)
    imposter.refusal, imposter.raw = None, dies_on_the_second_page
    imposter.poll()

    assert {f"Leiter {number}" for number in range(1, 7)} <= imposter.found()


def test_a_finished_walk_deletes_what_is_gone(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2), entry(3)]
    imposter.poll()

    imposter.epoch, imposter.items = "e2", [entry(7, "item-2")]
    imposter.refusal = (410, "resync-required")
    imposter.regions.clock.turn(timedelta(minutes=7))
    imposter.regions.halle.instance.runner.run_due(20)
    imposter.refusal = None
    imposter.poll()

    assert imposter.found() == {"Leiter 7"}


def test_a_restored_origin_is_believed_even_with_lower_revisions(imposter: Imposter) -> None:
    imposter.items = [entry(5, "ladder", rev=9000)]
    imposter.poll()

    imposter.items = [entry(2, "ladder", rev=100)]
    for _ in range(4):
        imposter.poll()

    assert imposter.found() == {"Leiter 2"}


def test_one_old_page_from_a_cache_changes_nothing(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2)]
    imposter.poll()
    imposter.items = [entry(1)]

    imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 2"}


def test_what_was_missed_is_found_by_the_digest_and_healed(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2), entry(4)]
    imposter.poll()
    imposter.items = [entry(1), entry(2), entry(3), entry(4)]  # 3 came late, below what was read

    imposter.regions.clock.turn(timedelta(hours=1))
    imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 2", "Leiter 3", "Leiter 4"}


def test_a_suspiciously_large_deletion_waits_a_day_and_explicit_tombstones_do_not(imposter: Imposter) -> None:
    imposter.items = [entry(number) for number in range(1, 81)]
    imposter.poll()
    imposter.epoch, imposter.items = "e2", [entry(101, "item-1")]
    imposter.refusal = (410, "resync-required")
    imposter.regions.clock.turn(timedelta(minutes=7))
    imposter.regions.halle.instance.runner.run_due(20)
    imposter.refusal = None

    held = imposter.poll()

    assert held.held_since is not None
    assert (held.entries, held.held_removals, held.alarms) == (80, 79, ["removals_held"])
    imposter.items += [tombstone(200 + number, f"item-{number}") for number in range(2, 81)]
    assert imposter.poll().entries == 1
    assert imposter.found() == {"Leiter 101"}


@pytest.mark.parametrize(
    ("silence", "freshness", "found", "entries"),
    [
        (timedelta(hours=47), Freshness.FRESH, 1, 1),
        (timedelta(hours=49), Freshness.STALE, 1, 1),
        (timedelta(days=8), Freshness.HIDDEN, 0, 1),
        (timedelta(days=31), Freshness.GONE, 0, 0),
    ],
)
def test_a_silent_partner_is_marked_then_hidden_then_purged(
    imposter: Imposter, silence: timedelta, freshness: Freshness, found: int, entries: int
) -> None:
    imposter.items = [entry(1)]
    imposter.poll()
    imposter.regions.line.regions.pop("https://leipzig.example")
    imposter.refusal = (503, "maintenance")

    imposter.regions.clock.turn(silence)
    imposter.regions.halle.instance.runner.run_due()

    partner = imposter.regions.halle.partner()
    assert partner.freshness is freshness
    assert len(imposter.found()) == found
    assert next(e.entries for e in partner.exchanges if e.kind == "listing") == entries


def test_a_partner_that_fails_is_asked_more_and_more_rarely(imposter: Imposter) -> None:
    imposter.refusal = (503, "maintenance")
    waits = []
    for _ in range(5):
        exchange = imposter.poll()
        waits.append(exchange.next_try_at - imposter.regions.clock.now())
        imposter.regions.clock.turn(timedelta(hours=1))

    assert exchange.failures >= 3
    assert max(waits) <= timedelta(hours=6)


@pytest.mark.parametrize("code", ["not-partner", "pairing-ended"])
def test_a_partner_that_no_longer_knows_us_is_over_at_once(imposter: Imposter, code: str) -> None:
    imposter.items = [entry(1)]
    imposter.poll()
    imposter.refusal = (403, code)

    imposter.poll()

    assert imposter.regions.halle.partner().state is PartnerState.ENDED
    assert imposter.found() == set()


def test_more_than_the_quota_stops_and_says_so(imposter: Imposter, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = imposter.regions.halle.instance
    bounded = ours.settings.model_copy(update={"partner_entries": 3})
    monkeypatch.setattr(ours.transactions, "settings", bounded)
    imposter.items = [entry(1), entry(2)]
    imposter.poll()
    imposter.items = [entry(number) for number in range(1, 6)]

    exchange = imposter.poll()

    assert "more than 3 entries" in (exchange.last_error or "")
    assert imposter.found() == {"Leiter 1", "Leiter 2"}


def test_a_paused_listing_is_not_offered_here(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2, state="paused")]

    imposter.poll()

    assert imposter.found() == {"Leiter 1"}


def test_what_has_not_changed_is_not_sent_again_but_compared_once_an_hour(imposter: Imposter) -> None:
    imposter.items = [entry(1)]
    imposter.poll()
    asked: list[str | None] = []
    feed = imposter.answer

    def with_etag(method: str, url: str, body: bytes) -> Answer | None:
        found = feed(method, url, body)
        if found is None:
            return None
        known = imposter.regions.line.headers.get("if-none-match")
        asked.append(known)
        return (
            Answer(304, {}, b"")
            if known == '"one"'
            else Answer(200, {**found.headers, "etag": '"one"'}, found.body)
        )

    imposter.regions.line.intercept = with_etag
    for _ in range(4):
        assert imposter.poll().failures == 0
    assert asked == [None, '"one"', '"one"', '"one"']

    imposter.regions.clock.turn(timedelta(hours=1))
    imposter.poll()
    assert asked[4] is None


@pytest.mark.parametrize("staff_looks", [True, False])
def test_a_held_deletion_is_carried_out_by_staff_or_after_a_day(
    imposter: Imposter, *, staff_looks: bool
) -> None:
    imposter.items = [entry(number) for number in range(1, 81)]
    imposter.poll()
    imposter.epoch, imposter.items = "e2", [entry(101, "item-1")]
    held = imposter.poll()
    assert (held.entries, held.held_removals) == (80, 79)
    halle = imposter.regions.halle

    if staff_looks:
        with halle.instance.transactions.writing(SYSTEM) as work:
            consuming.release_removals(work, halle.partner().id)
        with halle.instance.transactions.writing(SYSTEM) as work, pytest.raises(NotNow):
            consuming.release_removals(work, halle.partner().id)
    else:
        imposter.regions.clock.turn(timedelta(hours=23))
        assert imposter.poll().entries == 80
        imposter.regions.clock.turn(timedelta(hours=1))

    told_after = imposter.poll()
    assert (told_after.entries, told_after.held_removals, imposter.found()) == (1, 0, {"Leiter 101"})


def test_an_entry_that_was_put_aside_is_tried_again_when_staff_wants_it(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2, url="https://evil.example/listings/1")]
    assert imposter.poll().quarantined == 1
    halle = imposter.regions.halle
    moved = imposter.items[1]["data"]
    moved["url"] = (
        "https://leipzig.example/listings/2"  # a revision changed in place: only a walk may find it
    )

    with halle.instance.transactions.writing(SYSTEM) as work:
        consuming.read_again(work, halle.partner().id)

    assert imposter.poll().quarantined == 0
    assert imposter.found() == {"Leiter 1", "Leiter 2"}


def test_many_answers_in_a_row_that_break_the_protocol_suspend_the_partner(
    imposter: Imposter, monkeypatch: pytest.MonkeyPatch
) -> None:
    imposter.items = [entry(1)]
    imposter.poll()
    imposter.content_type = "text/html"
    monkeypatch.setattr(consuming, "ERRORS_BORNE", 4)
    for _ in range(3):
        imposter.regions.clock.turn(timedelta(hours=6))
        imposter.poll()
    assert imposter.regions.halle.partner().state is PartnerState.ACTIVE

    imposter.regions.clock.turn(timedelta(hours=6))
    imposter.poll()

    assert imposter.regions.halle.partner().state is PartnerState.SUSPENDED
    assert imposter.found() == set()


def test_markup_of_a_partner_stays_text(imposter: Imposter) -> None:
    script = '</script><img src=x onerror="alert(1)">'
    texts = {"title": f"Leiter {script}", "description": script, "terms": script, "tags": [script]}
    imposter.items = [
        entry(1, **texts, place={"locality": script}, provider={"kind": "organisation", "name": script})
    ]
    imposter.poll()

    answer = imposter.regions.halle.client.get("/api/v1/listings", params={"q": "leiter"})

    assert answer.json()["items"][0]["title"] == texts["title"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
