"""What clients saw and what the tables say, sorted for the checks; and each calendar, version by version.

It imports nothing of the application.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = dict[str, Any]
ENDINGS = {"withdraw", "decline", "cancel", "expire"}
SCARCE = {"not_enough_units", "closed"}


def moment(text: str | datetime) -> float:
    """A time as a number, from any of the forms it comes in; without an offset it is UTC, as SQLite keeps it."""
    found = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    return (found if found.tzinfo else datetime.fromisoformat(f"{found.isoformat()}+00:00")).timestamp()


def plain(identifier: Any) -> str:
    """An id without its hyphens, which SQLite does not keep."""
    return str(identifier).replace("-", "")


@dataclass(frozen=True)
class Change:
    """What one version of a calendar changed: units taken or freed for a booking, or how many there are."""

    version: int
    booking: str | None = None
    takes: bool = False
    units: int | None = None  # how many the listing has from here on


class Story:
    """The history and the dump, sorted for the checks."""

    def __init__(self, history: Iterable[Row], dump: dict[str, list[Row]]) -> None:
        self.calls = list(history)
        self.dump = dump
        self.bookings = {plain(row["id"]): row for row in dump["booking"]}
        self.listings = {plain(row["id"]): row for row in dump["listing"]}
        self.steps: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(dump["booking_event"], key=lambda row: row["version"]):
            self.steps[plain(row["booking_id"])].append(row)
        self.creates = [call for call in self.calls if call["kind"] == "create"]
        self.acts = [call for call in self.calls if call["kind"] in {*ENDINGS, "accept"}]
        self.edits = [call for call in self.calls if call["kind"] == "edit"]
        self.changes = {listing: self._changes(listing) for listing in self.listings}

    def _changes(self, listing: str) -> list[Change]:
        """Everything that moved a calendar, in the order of its versions."""
        found = [
            Change(step["calendar_version"], booking, takes=step["action"] not in ENDINGS)
            for booking, steps in self.steps.items()
            if plain(self.bookings[booking]["listing_id"]) == listing
            for step in steps
            if step["calendar_version"] is not None
        ]
        edits = [
            call for call in self.edits if plain(call["listing"]) == listing and call["units"] is not None
        ]
        tried = {call["seen"] + 1: call["units"] for call in edits}  # the version it makes, if it makes one
        known = {change.version for change in found} | {1}
        changed = [one for one in self.log("listing.changed") if plain(one["listing_id"]) == listing]
        for told in sorted(changed, key=lambda one: one["version"]):
            version = told["calendar_version"]
            if version not in known:
                known.add(version)
                found.append(Change(version, units=tried.get(told["version"])))
        return sorted(found, key=lambda change: change.version)

    def log(self, name: str) -> Iterator[Row]:
        for row in self.dump["event_log"]:
            if row["name"] == name:
                payload = row["payload"]
                yield json.loads(payload) if isinstance(payload, str) else payload

    def refusals(self, listing: str) -> dict[int, list[Row]]:
        """Who was refused for lack of units, by the version on which it was decided."""
        found: dict[int, list[Row]] = defaultdict(list)
        for call in self.creates + self.acts:
            if plain(call["listing"]) == listing and call["status"] == 409 and is_scarce(call["body"]):
                found[call["body"]["calendar_version"]].append(call)
        return found

    def told(self, listing: str) -> list[tuple[float, float, int]]:
        """When somebody asked for what made a version of the calendar, when they were answered, and which."""
        made = {
            (booking, step["version"]): step["calendar_version"]
            for booking in self.steps
            for step in self.steps[booking]
        }
        edited = {
            one["version"]: one["calendar_version"]
            for one in self.log("listing.changed")
            if plain(one["listing_id"]) == listing
        }
        found = []
        for call in self.creates + self.acts + self.edits:
            if plain(call["listing"]) != listing or not self.done(call) or call.get("again"):
                continue
            version = call["body"].get("version")
            at = (
                edited.get(version)
                if call["kind"] == "edit"
                else made.get((plain(call["body"].get("id")), version))
            )
            if at is not None and (call["kind"] != "edit" or call["units"] is not None):
                found.append((call["sent"], call["answered"], at))
        return found

    @staticmethod
    def done(call: Row) -> bool:
        return call["status"] is not None and 200 <= call["status"] < 300

    def span(self, booking: str) -> tuple[float, float, int]:
        row = self.bookings[booking]
        return moment(row["starts_at"]), moment(row["ends_at"]), row["units"]

    def first_units(self, listing: str) -> int:
        """How many units there were before anybody changed it."""
        return self.dump["beginning"][0][listing]


def peak(held: Iterable[tuple[float, float, int]], start: float, end: float) -> int:
    """The most units in use at one moment between start and end."""
    inside = [
        (max(one, start), min(other, end), units) for one, other, units in held if one < end and start < other
    ]
    return max(
        (sum(units for one, other, units in inside if one <= edge < other) for edge, _, _ in inside),
        default=0,
    )


def is_scarce(body: Row) -> bool:
    return bool({reason["code"] for reason in body.get("reasons", ())} & SCARCE) and "free_units" in body


Held = dict[str, tuple[float, float, int]]


@dataclass(frozen=True)
class Moment:
    """A calendar in one of its versions: what is held, and how many units there are."""

    version: int
    held: Held
    units: int
    change: Change | None = None

    def fits(self, booking: str) -> bool:
        """Whether there is enough for what the booking holds, at all of its time."""
        start, end, _ = self.held[booking]
        return peak(self.held.values(), start, end) <= self.units


def moments(story: Story, listing: str) -> Iterator[Moment]:
    """The calendar from its first version to its last."""
    held: Held = {}
    units = story.first_units(listing)
    yield Moment(1, {}, units)
    for change in story.changes[listing]:
        if change.booking is None:
            units = units if change.units is None else change.units
        elif change.takes:
            held[change.booking] = story.span(change.booking)
        else:
            held.pop(change.booking, None)
        yield Moment(change.version, dict(held), units, change)
