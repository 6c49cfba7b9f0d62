"""The independent checker: what clients saw and what the tables say must fit together (quality.md c4, I1 to I9).

It imports nothing of the application and knows only what is promised to everybody: a history of calls and answers
as JSON lines, and a dump of the tables. `python -m tests.proofs.checker HISTORY DUMP` prints every violation.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from tests.proofs.story import Moment, Row, Story, is_scarce, moment, moments, peak, plain

HOLDING = {"requested", "confirmed"}
"""The states of these histories in which units may be held."""

# I1, I5: sequential replay in the order of the witness


def replayed(story: Story) -> Iterator[str]:
    """I1: each promise was judged right at its moment. I5: each refusal, too. I7: every version is of one change."""
    for listing, row in story.listings.items():
        refusals = story.refusals(listing)
        expected = 1
        for now in moments(story, listing):
            if now.version != expected:
                yield f"I7: the calendar of {listing} has no or two stories of version {min(expected, now.version)}"
            expected = now.version + 1
            change = now.change
            if change and change.booking and change.takes and not now.fits(change.booking):
                yield f"I1: booking {change.booking} took what was not free in version {now.version}"
            yield from _refused(refusals.pop(now.version, ()), now)
        if row["calendar_version"] != expected - 1:
            yield f"I7: the calendar of {listing} moved without a story after version {expected - 1}"
        for version in refusals:
            yield f"I5: refused on version {version} of {listing}, which nobody made"


def promised(story: Story) -> Iterator[str]:
    """I1: who held already is promised only in a version in which there is enough, between the ask and the answer."""
    for listing in story.listings:
        known = list(moments(story, listing))
        told = story.told(listing)
        for call in story.acts:
            booking = plain(call["booking"])
            if call["kind"] != "accept" or plain(call["listing"]) != listing or not story.done(call):
                continue
            first = max((version for _, answered, version in told if answered < call["sent"]), default=1)
            last = min(
                (version - 1 for sent, _, version in told if sent > call["answered"]),
                default=known[-1].version,
            )
            possible = [now for now in known if first <= now.version <= last and booking in now.held]
            if possible and not any(now.fits(booking) for now in possible):
                yield f"I1: {booking} was promised when there was not enough, in versions {first} to {last}"


def _refused(calls: Iterable[Row], now: Moment) -> Iterator[str]:
    for call in calls:
        others = [span for booking, span in now.held.items() if booking != plain(call.get("booking"))]
        free = max(0, now.units - peak(others, moment(call["starts_at"]), moment(call["ends_at"])))
        if free >= call["units"] or free != call["body"]["free_units"]:
            yield f"I5: {call['key']} was refused with {call['body']['free_units']} free, there were {free}"


def ended(story: Story) -> Iterator[str]:
    """I1 in the end: no more is held than there is, unless the number of units was lowered below it."""
    for listing in story.listings:
        most = max([story.first_units(listing), *(change.units or 0 for change in story.changes[listing])])
        held = [
            story.span(booking)
            for booking, one in story.bookings.items()
            if plain(one["listing_id"]) == listing and one["holds_units"] and one["state"] in HOLDING
        ]
        if any(peak(held, start, end) > most for start, end, _ in held):
            yield f"I1: more is promised of {listing} than its {most} units"


# I2, I3, I4, I8: what was answered


def kept(story: Story) -> Iterator[str]:
    """I2: what was acknowledged is there, and nothing was done that nobody asked for."""
    for call in story.creates:
        if story.done(call):
            row = story.bookings.get(plain(call["body"].get("id")))
            if row is None:
                yield f"I2: booking {call['body'].get('id')} was acknowledged and is lost"
            elif (moment(row["starts_at"]), moment(row["ends_at"]), row["units"], plain(row["borrower_id"])) != (
                moment(call["starts_at"]), moment(call["ends_at"]), call["units"], plain(call["who"]),
            ):  # fmt: skip
                yield f"I2: booking {call['body'].get('id')} is not what was acknowledged"
    told = {(plain(one["listing_id"]), one["version"]) for one in story.log("listing.changed")}
    for call in story.edits:
        if story.done(call) and (plain(call["listing"]), call["body"].get("version", 0)) not in told:
            yield f"I2: edit {call['key']} was acknowledged and is lost"


def acted(story: Story) -> Iterator[str]:
    """I2: each step that was acknowledged was taken, each that was taken was asked for, and the last one holds."""
    asked = {(plain(call["booking"]), call["kind"]) for call in story.acts}
    for call in story.acts:
        steps = {(step["version"], step["action"]) for step in story.steps[plain(call["booking"])]}
        if story.done(call) and (call["body"].get("version", 0), call["kind"]) not in steps:
            yield f"I2: {call['kind']} of {call['booking']} was acknowledged and is lost"
    for booking, steps in story.steps.items():
        for step in steps:
            if step["action"] not in {"request", "expire"} and (booking, step["action"]) not in asked:
                yield f"I2: nobody asked for {step['action']} of {booking}"
        if (
            booking in story.bookings
            and steps
            and steps[-1]["state_after"] != story.bookings[booking]["state"]
        ):
            yield f"I2: {booking} is {story.bookings[booking]['state']}, its story ends with {steps[-1]['state_after']}"


def haunted(story: Story) -> Iterator[str]:
    """I3: each booking is of one key that was issued, and of none that was refused."""
    issued = {call["key"] for call in story.creates}
    refused = {
        call["key"] for call in story.creates if call["status"] is not None and 400 <= call["status"] < 500
    }
    of_key = Counter(row["purpose"] for row in story.bookings.values())
    for key, number in of_key.items():
        if key not in issued:
            yield f"I3: {number} bookings of a key that nobody issued: {key}"
        elif number > 1:
            yield f"I3: {number} bookings of one key: {key}"
        if key in refused:
            yield f"I3: {key} was refused and has a booking"


def answered(story: Story) -> Iterator[str]:
    """I4: all answers to one key are the same."""
    answers: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for call in story.creates + story.acts:
        if call["status"] is not None and call["status"] < 500:
            answers[call["key"]].add((call["status"], call["content"]))
    for key, found in answers.items():
        if len(found) > 1 and any(status < 300 for status, _ in found):
            yield f"I4: {len(found)} different answers to {key}"


def read(story: Story) -> Iterator[str]:
    """I8: who was answered sees it, whoever serves."""
    for call in story.calls:
        if call["kind"] != "read" or call["status"] is None:
            continue
        if call["status"] != 200 or call["body"].get("version", 0) < call["seen"]:
            yield f"I8: {call['booking']} was not read as it had been answered"


# I6, I7, I9: the tables by themselves, and real time


def told(story: Story) -> Iterator[str]:
    """I6: exactly one event per step, none for what never happened, and their order is that of the steps."""
    events = Counter((plain(one["booking_id"]), one["version"]) for one in story.log("booking.moved"))
    steps = Counter((booking, step["version"]) for booking, steps in story.steps.items() for step in steps)
    for (booking, version), number in (events - steps).items():
        yield f"I6: {number} events too many of step {version} of {booking}"
    for (booking, version), number in (steps - events).items():
        yield f"I6: {number} events too few of step {version} of {booking}"
    for booking, of_one in story.steps.items():
        if [step["version"] for step in of_one] != list(range(1, len(of_one) + 1)):
            yield f"I6: the story of {booking} has gaps"
        times = [moment(step["at"]) for step in of_one]
        if times != sorted(times):
            yield f"I6: the story of {booking} is not in the order of time"
    for booking in story.bookings.keys() - story.steps.keys():
        yield f"I6: booking {booking} has no story"


def in_order(story: Story) -> Iterator[str]:
    """I7: what was answered before something else was sent has the earlier version."""
    made = {
        (booking, step["version"]): step["calendar_version"]
        for booking, steps in story.steps.items()
        for step in steps
    }
    by_listing: dict[str, list[tuple[float, float, int, bool]]] = defaultdict(list)
    for call in story.creates + story.acts:
        if call["status"] is None or call.get("again"):
            continue  # what a replay answers was decided before
        if story.done(call):
            version = made.get((plain(call["body"].get("id")), call["body"].get("version", 0)))
        else:
            version = call["body"].get("calendar_version") if is_scarce(call["body"]) else None
        if version is not None:
            by_listing[plain(call["listing"])].append(
                (call["sent"], call["answered"], version, story.done(call))
            )
    for listing, calls in by_listing.items():
        ended_calls = sorted(calls, key=lambda one: one[1])
        latest = position = 0
        for sent, _, version, moves in sorted(calls):
            while ended_calls[position][1] < sent:
                latest = max(latest, ended_calls[position][2])
                position += 1
            if version < latest + moves:
                yield f"I7: {listing}: version {version} was asked for after {latest} had been answered"


def whole(story: Story) -> Iterator[str]:
    """I9: nothing is broken, nothing refers to nothing, nothing is left half done."""
    yield from (f"I9: {row['finding']}" for row in story.dump["integrity"])
    held = {plain(row["holder_id"]): row for row in story.dump["occupancy"]}
    for booking, row in story.bookings.items():
        if row["holds_units"] and booking not in held:
            yield f"I9: {booking} holds units that the calendar does not know"
        if bool(row["holds_units"]) != (row["state"] in HOLDING) and row["request_holds"]:
            yield f"I9: {booking} is {row['state']} and holds {row['holds_units']}"
    for booking, row in held.items():
        owner = story.bookings.get(booking)
        if owner is None or not owner["holds_units"]:
            yield f"I9: the calendar holds units for {booking}, which has none"
        elif (moment(row["starts_at"]), moment(row["ends_at"]), row["units"]) != story.span(booking):
            yield f"I9: the calendar holds other units for {booking} than were promised"
    for row in story.dump["idempotency_key"]:
        if row["status"] is None:
            yield f"I9: {row['key']} is in progress for ever"


def summed(story: Story) -> Iterator[str]:
    """I9: segments are the sum of what is held."""
    for listing in story.listings:
        spans = [
            (moment(row["starts_at"]), moment(row["busy_until"]), row["units"])
            for row in story.dump["occupancy"]
            if plain(row["listing_id"]) == listing
        ]
        segments = [
            (moment(row["starts_at"]), moment(row["ends_at"]), row["used"])
            for row in story.dump["segment"]
            if plain(row["listing_id"]) == listing
        ]
        edges = sorted({edge for start, end, _ in spans + segments for edge in (start, end)})
        for start, end in pairwise(edges):
            if peak(spans, start, end) != peak(segments, start, end):
                yield f"I9: a segment of {listing} does not tell what is held"


def saturated(story: Story) -> Iterator[str]:
    """I5 under a crowd: each window that more wanted than there is was filled to the last unit."""
    for crowd in (call for call in story.calls if call["kind"] == "crowd"):
        won = sum(
            story.done(call)
            and call["starts_at"] == crowd["starts_at"]
            and call["listing"] == crowd["listing"]
            for call in story.creates
        )
        if won > crowd["units"]:
            yield f"I1: {won} got one of {crowd['units']} at {crowd['starts_at']}"
        elif won < crowd["units"]:
            yield f"I5: {won} got one of {crowd['units']} at {crowd['starts_at']}, and many were refused"


CHECKS = (
    replayed,
    promised,
    ended,
    kept,
    acted,
    haunted,
    answered,
    read,
    told,
    in_order,
    whole,
    summed,
    saturated,
)


def violations(history: Iterable[Row], dump: dict[str, list[Row]]) -> list[str]:
    """Everything that cannot be, each as `I<number>: <what>`."""
    story = Story(history, dump)
    return [found for check in CHECKS for found in check(story)]


def main() -> None:
    history, dump = (Path(name).read_text("utf-8") for name in sys.argv[1:])
    found = violations((json.loads(line) for line in history.splitlines()), json.loads(dump))
    sys.stdout.write("\n".join([*found, "Nothing is wrong." if not found else ""]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
