"""Every setting of a listing has an effect (domain.md §3): changing it alone changes a quote, a booking, a search or what
somebody sees. The table below has a case for every field of the wire; a new field without one fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel

from app.federation.service.rendering import listing_data
from app.kernel.actor import SYSTEM
from app.listings.schemas import ListingCreate
from app.listings.schemas.calendar import HoursBody, TimetableBody
from app.listings.schemas.parts import WantedEntry
from tests.factories.accounts import Neighbour
from tests.factories.bookings import END, START, Street
from tests.factories.listings import offer, weekly

Fields = dict[str, Any]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def database_url(copies) -> Iterator[str]:
    """Whether a setting has an effect does not depend on the database."""
    with copies.sqlite() as url:
        yield url


class World(Street):
    """Ben offers, Anna asks, and the clock can be turned."""

    def __init__(self, instance, client, clock, run_jobs) -> None:
        super().__init__(instance, client)
        self.clock, self.run_jobs = clock, run_jobs

    def club(self, owner: Neighbour) -> str:
        """An organisation of this person's."""
        body = {"name": f"Verein {owner.name}"}
        return str(self.client.post("/api/v1/organisations", json=body, headers=owner.headers).json()["id"])


@pytest.fixture
def world(instance, client, clock, run_jobs) -> World:
    return World(instance, client, clock, run_jobs)


Probe = Callable[[World, str], Any]


# What can be looked at.


def view(*path: str) -> Probe:
    """Part of what the public reads."""

    def look(world: World, listing_id: str) -> Any:
        shown = world.client.get(f"/api/v1/listings/{listing_id}", headers=world.anna.headers).json()
        for name in path:
            shown = shown[name]
        return shown

    return look


def quote(start: datetime = START, end: datetime = END, **ask: Any) -> Probe:
    """What a quote says: possible, why not, and for how much."""

    def look(world: World, listing_id: str) -> Any:
        body = {"starts_at": start.isoformat(), "ends_at": end.isoformat(), **ask}
        answer = world.client.post(
            f"/api/v1/listings/{listing_id}/quote", json=body, headers=world.anna.headers
        )
        assert answer.status_code == 200, answer.text
        said = answer.json()
        named = ("bookable", "free_units", "net", "vat", "total", "billing_count", "deposit")
        return [said[name] for name in named], [one["code"] for one in said["reasons"]]

    return look


def after(start: datetime, end: datetime, probe: Probe) -> Probe:
    """The same when Anna has asked for another time before."""

    def look(world: World, listing_id: str) -> Any:
        assert world.ask(listing_id, at=(start, end)).status_code == 201
        return probe(world, listing_id)

    return look


def asked(*path: str, start: datetime = START, end: datetime = END) -> Probe:
    """Part of the booking that an ask becomes."""

    def look(world: World, listing_id: str) -> Any:
        part: Any = world.requested(listing_id, at=(start, end))
        for name in path:
            part = part[name]
        return part

    return look


def found(**params: Any) -> Probe:
    """Whether a search finds it."""

    def look(world: World, listing_id: str) -> Any:
        items = world.client.get("/api/v1/listings", params=params).json()["items"]
        return listing_id in [one["id"] for one in items]

    return look


def visible(world: World, listing_id: str) -> Any:
    return world.client.get(f"/api/v1/listings/{listing_id}", headers=world.anna.headers).status_code


def promised(*path: str, end: datetime = END, at: datetime | None = None) -> Probe:
    """Part of what Anna sees of a booking that was promised to her, at a moment."""

    def look(world: World, listing_id: str) -> Any:
        booking = world.promised(listing_id, at=(START, end))
        if at is not None:
            world.clock.set(at)
            world.run_jobs()
        part: Any = world.read(booking, world.anna)
        for name in path:
            part = part[name]
        return part

    return look


def swept(world: World) -> None:
    from app.bookings import service

    while service.sweep(world.instance.transactions):
        pass


def cancelled(world: World, listing_id: str) -> Any:
    return world.done("cancel", world.promised(listing_id), world.anna)["outcome"]


def late(world: World, listing_id: str) -> Any:
    """What is free an hour after a late thing was looked at, and for how long it is kept."""
    world.handed_over(listing_id)
    world.clock.set(END + timedelta(minutes=5))
    swept(world)
    return quote(END + 8 * HOUR, END + 9 * HOUR)(world, listing_id)


def nobody_came(world: World, listing_id: str) -> Any:
    booking = world.promised(listing_id, at=(START, START + 2 * HOUR))
    world.clock.set(START + timedelta(minutes=20))
    swept(world)
    return world.read(booking, world.anna)["state"]


def a_turn(world: World, listing_id: str) -> Any:
    """How long somebody in the queue may think."""
    first = world.promised(listing_id, by=world.stranger)
    body = {"starts_at": START.isoformat(), "ends_at": END.isoformat(), "units": 1}
    waiting = world.client.post(
        f"/api/v1/listings/{listing_id}/queue", json=body, headers=world.anna.headers
    ).json()
    world.done("cancel", first, world.stranger)
    world.run_jobs()
    turn = world.read(waiting, world.anna)
    assert turn["state"] == "offered"
    left = datetime.fromisoformat(turn["expires_at"]) - world.clock.now()
    return round(left / HOUR)


def contract(world: World, listing_id: str) -> Any:
    """The agreements of the contract that a promise makes."""
    from sqlmodel import select

    from app.bookings.tables import Booking

    booking = world.promised(listing_id)
    with world.instance.transactions.reading(SYSTEM) as reading:
        row = reading.session.exec(select(Booking).where(Booking.id == UUID(booking["id"]))).one()
        return row.terms["contract_text"]


def told_to_partners(world: World, listing_id: str) -> Any:
    with world.instance.transactions.reading(SYSTEM) as reading:
        told = listing_data(reading, UUID(listing_id))
        return told and told.federation


def taken_by_somebody(start: datetime, end: datetime) -> Probe:
    """What is free when a stranger has it before or after."""

    def look(world: World, listing_id: str) -> Any:
        assert world.ask(listing_id, world.stranger, at=(start, end)).status_code == 201
        return quote()(world, listing_id)

    return look


def while_asked_for(world: World, listing_id: str) -> Any:
    return taken_by_somebody(START, END)(world, listing_id)


# The table.


@dataclass(frozen=True)
class Case:
    """Two listings that differ in one setting, and where the difference shows."""

    probe: Probe
    base: Fields | Callable[[World], Fields]
    changed: Fields | Callable[[World], Fields]


MORNING = weekly(("09:00", "12:00"))
DAYTIME = weekly(("09:00", "18:00"))
WEEKDAYS = weekly(("09:00", "18:00"), days=("monday", "tuesday", "wednesday", "thursday", "friday"))
PRICED = {"tariffs": [{"billing_unit": "started_24h", "amount_minor": 500}]}
POINT = {"lat": 51.34, "lon": 12.37}
WANTED = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
EPIPHANY = datetime.fromisoformat("2027-01-06T10:00:00+01:00")
LUNCH = datetime.fromisoformat("2026-11-30T13:00:00+01:00")
EVENING = datetime.fromisoformat("2026-11-30T17:00:00+01:00")
NOON = START + 2 * HOUR
FRIDAY, TUESDAY = START - 3 * DAY, START + DAY
"""The 27th of November and the 1st of December, ten o'clock; the weekend lies in between."""


def space(**fields: Any) -> Fields:
    details = {name: fields.pop(name) for name in list(fields) if name in {"capacity", "area_m2", "furnishings", "release_after_minutes", "access_notes"}}  # fmt: skip
    return {"kind": "space", "space": details, **fields}


def know_how(**details: Any) -> Fields:
    return {"kind": "know_how", "know_how": details}


def film(**details: Any) -> Fields:
    return {**know_how(form="recorded", **details), "booking_mode": "instant"}


def group(**session: Any) -> Fields:
    usual = {"starts_at": START.isoformat(), "ends_at": NOON.isoformat()}
    return know_how(form="group", sessions=[{**usual, **session}])


def place(**fields: Any) -> Fields:
    return {"place": {"street": "Hauptstraße 1", "postal_code": "04229", "locality": "Leipzig", **fields}}


def hours(**fields: Any) -> Fields:
    return {"hours": fields}


def pick_up(*weekly_windows: Fields, exceptions: tuple[Fields, ...] = ()) -> Fields:
    return hours(
        pick_up={"weekly": list(weekly_windows), "exceptions": list(exceptions)},
        returns=weekly(("00:00", "24:00")),
    )


def monday(**fields: Any) -> Fields:
    return {"weekday": "monday", "opens": "09:00", "closes": "12:00", **fields}


def exception(date: str = "2026-11-30", opens: str = "09:00", closes: str = "12:00") -> Fields:
    return pick_up(exceptions=({"date": date, "windows": [{"opens": opens, "closes": closes}]},))


def part(world: World) -> Fields:
    """Part of a hall that Anna has booked already."""
    hall = world.offer(kind="space", title="Saal")
    assert world.ask(hall, world.stranger, at=(START, NOON)).status_code == 201
    return {"kind": "space", "part_of": hall}


WITH_HOURS = hours(pick_up=DAYTIME)

CASES: Final[dict[str, Case]] = {
    "purpose": Case(quote(), {}, {"purpose": "want", "wanted": WANTED}),
    "kind": Case(quote(), {}, {"kind": "space"}),
    "title": Case(found(q="lastenrad"), {"title": "Beamer"}, {"title": "Lastenrad"}),
    "description": Case(found(q="akku"), {"description": ""}, {"description": "Mit Akku"}),
    "language": Case(found(language="en"), {}, {"language": "en"}),
    "category": Case(found(category="drills"), {}, {"category": "drills"}),
    "tags": Case(found(q="hilti"), {}, {"tags": ["hilti"]}),
    "units": Case(quote(units=2), {}, {"units": 2}),
    "min_units": Case(quote(), {"units": 2}, {"units": 2, "min_units": 2}),
    "place.street": Case(promised("contact", "address"), place(), place(street="Nebenstraße 2")),
    "place.postal_code": Case(promised("contact", "address"), place(), place(postal_code="04109")),
    "place.locality": Case(promised("contact", "address"), place(), place(locality="Markkleeberg")),
    "place.district": Case(view("place", "district"), {}, place(district="Plagwitz")),
    "place.lat": Case(found(near="51.34,12.37", radius_km=5), place(**POINT), place(**{**POINT, "lat": 52.0})),
    "place.lon": Case(found(near="51.34,12.37", radius_km=5), place(**POINT), place(**{**POINT, "lon": 13.0})),
    "place.show_exact": Case(
        view("place", "precision_m"),
        lambda world: {"organisation_id": world.club(world.ben), **place(**POINT)},
        lambda world: {"organisation_id": world.club(world.ben), **place(**POINT, show_exact=True)},
    ),
    "place.subdivision": Case(
        quote(EPIPHANY, EPIPHANY + DAY), WITH_HOURS, {**WITH_HOURS, "place": {"subdivision": "DE-BY"}}
    ),
    "booking_mode": Case(asked("state"), {}, {"booking_mode": "instant"}),
    "request_holds": Case(while_asked_for, {}, {"request_holds": False}),
    "audience": Case(quote(), {}, {"audience": "organisations"}),
    "audience_organisation_id": Case(
        visible,
        lambda world: {"audience": "members_of", "audience_organisation_id": world.club(world.anna)},
        lambda world: {"audience": "members_of", "audience_organisation_id": world.club(world.stranger)},
    ),
    "tariffs.tariff": Case(
        view("tariffs"),
        PRICED,
        {"tariffs": [*PRICED["tariffs"], {"tariff": "reduced", "billing_unit": "started_24h", "amount_minor": 0}]},
    ),
    "tariffs.billing_unit": Case(
        quote(), PRICED, {"tariffs": [{"billing_unit": "calendar_day", "amount_minor": 500}]}
    ),
    "tariffs.amount_minor": Case(
        quote(), PRICED, {"tariffs": [{"billing_unit": "started_24h", "amount_minor": 600}]}
    ),
    "tariffs.currency": Case(quote(), PRICED, {"tariffs": [{**PRICED["tariffs"][0], "currency": "CHF"}]}),
    "deposit.amount_minor": Case(quote(), {"deposit": {"amount_minor": 1}}, {"deposit": {"amount_minor": 2}}),
    "deposit.currency": Case(
        quote(), {"deposit": {"amount_minor": 1}}, {"deposit": {"amount_minor": 1, "currency": "CHF"}}
    ),
    "vat_permille": Case(quote(), PRICED, {**PRICED, "vat_permille": 190}),
    "limits.min_minutes": Case(quote(), {}, {"limits": {"min_minutes": 3 * 1440}}),
    "limits.max_minutes": Case(quote(), {}, {"limits": {"max_minutes": 1440}}),
    "limits.step_minutes": Case(quote(), {}, {"limits": {"step_minutes": 7 * 60}}),
    "limits.lead_minutes": Case(quote(), {}, {"limits": {"lead_minutes": 14 * 1440}}),
    "limits.lead_working_days": Case(quote(), {}, {"limits": {"lead_working_days": 10}}),
    "limits.horizon_days": Case(quote(), {}, {"limits": {"horizon_days": 3}}),
    "limits.buffer_before_minutes": Case(
        taken_by_somebody(START - DAY, START), {}, {"limits": {"buffer_before_minutes": 60}}
    ),
    "limits.buffer_after_minutes": Case(
        taken_by_somebody(END, END + DAY), {}, {"limits": {"buffer_after_minutes": 60}}
    ),
    "limits.closed_days_counted": Case(
        quote(FRIDAY, TUESDAY),
        {**hours(pick_up=WEEKDAYS), "limits": {"max_minutes": 2 * 1440}},
        {**hours(pick_up=WEEKDAYS), "limits": {"max_minutes": 2 * 1440, "closed_days_counted": 0}},
    ),
    "limits.chain_gap_minutes": Case(
        after(START - DAY, START - HOUR, quote()),
        {"limits": {"max_minutes": 2 * 1440}},
        {"limits": {"max_minutes": 2 * 1440, "chain_gap_minutes": 1440}},
    ),
    "terms": Case(asked("terms"), {}, {"terms": "Nur im Trockenen."}),
    "contract_text": Case(contract, {}, {"contract_text": "Bitte geladen zurück."}),
    "hours.pick_up": Case(quote(LUNCH, END), {}, hours(pick_up=MORNING)),
    "hours.returns": Case(
        quote(START, EVENING), hours(pick_up=DAYTIME), hours(pick_up=DAYTIME, returns=MORNING)
    ),
    "hours.opening": Case(
        quote(LUNCH, LUNCH + HOUR), {"kind": "space"}, {"kind": "space", **hours(opening=MORNING)}
    ),
    "hours.closed_days_between": Case(
        quote(FRIDAY, TUESDAY), hours(pick_up=WEEKDAYS), hours(pick_up=WEEKDAYS, closed_days_between=False)
    ),
    "hours.overnight": Case(
        quote(START, START + DAY),
        {"kind": "know_how", **hours(opening=DAYTIME)},
        {"kind": "know_how", **hours(opening=DAYTIME, overnight=True)},
    ),
    "hours.closed_on_holidays": Case(
        quote(EPIPHANY - 12 * DAY, EPIPHANY), WITH_HOURS, hours(pick_up=DAYTIME, closed_on_holidays=False)
    ),
    "cancellation.hours_before": Case(cancelled, {}, {"cancellation": {"hours_before": 8_760}}),
    "answer_hours": Case(asked("expires_at"), {}, {"answer_hours": 1}),
    "queue_turn_hours": Case(a_turn, {}, {"queue_turn_hours": 12}),
    "overdue_margin_hours": Case(late, {}, {"overdue_margin_hours": 2}),
    "min_age": Case(quote(), {}, {"min_age": 16}),
    "quota.active_bookings": Case(
        after(START - DAY, START, quote()), {}, {"quota": {"active_bookings": 1}}
    ),
    "quota.days_per_month": Case(quote(), {}, {"quota": {"days_per_month": 1}}),
    "part_of": Case(quote(START, NOON), {"kind": "space"}, part),
    "federation": Case(told_to_partners, {"federation": "listed"}, {"federation": "none"}),
    "space.capacity": Case(view("space", "capacity"), space(), space(capacity=30)),
    "space.area_m2": Case(view("space", "area_m2"), space(), space(area_m2=80)),
    "space.furnishings": Case(view("space", "furnishings"), space(), space(furnishings=["Klavier"])),
    "space.release_after_minutes": Case(nobody_came, space(), space(release_after_minutes=15)),
    "space.access_notes": Case(
        promised("access", end=NOON, at=START - HOUR), space(), space(access_notes="Klingel links")
    ),
    "know_how.topics": Case(view("know_how", "topics"), know_how(), know_how(topics=["Nähen"])),
    "know_how.level": Case(view("know_how", "level"), know_how(), know_how(level="für alle")),
    "know_how.form": Case(quote(), know_how(), know_how(form="group")),
    "know_how.sessions.id": Case(
        view("know_how", "sessions"), group(), group(id="019abcde-0000-7000-8000-000000000000")
    ),
    "know_how.sessions.starts_at": Case(
        quote(START, NOON), group(), group(starts_at=(START + HOUR).isoformat())
    ),
    "know_how.sessions.ends_at": Case(quote(START, NOON), group(), group(ends_at=(NOON + HOUR).isoformat())),
    "know_how.sessions.cancelled": Case(quote(START, NOON), group(), group(cancelled=True)),
    "know_how.asks_per_week": Case(
        after(START - 2 * HOUR, START - HOUR, quote(START, NOON)), know_how(), know_how(asks_per_week=1)
    ),
    "know_how.access": Case(
        asked("access"),
        film(access="https://a.example", access_at_once=True),
        film(access="https://b.example", access_at_once=True),
    ),
    "know_how.access_at_once": Case(asked("state"), film(), film(access_at_once=True)),
    "time.tasks": Case(
        view("time", "tasks"), {"kind": "time", "time": {}}, {"kind": "time", "time": {"tasks": ["Vorlesen"]}}
    ),
    "time.asks_per_week": Case(
        after(START - 2 * HOUR, START - HOUR, quote(START, NOON)),
        {"kind": "time"},
        {"kind": "time", "time": {"asks_per_week": 1}},
    ),
    **{
        f"wanted.{name}": Case(
            view("wanted", name),
            {"purpose": "want", "wanted": WANTED},
            {"purpose": "want", "wanted": {**WANTED, name: value}},
        )
        for name, value in (
            ("starts_at", (START + HOUR).isoformat()),
            ("ends_at", (END + HOUR).isoformat()),
            ("units", 3),
        )
    },
    "organisation_id": Case(
        view("provider", "name"), {}, lambda world: {"organisation_id": world.club(world.ben)}
    ),
    "timetable.weekly.weekday": Case(quote(), pick_up(monday()), pick_up(monday(weekday="tuesday"))),
    "timetable.weekly.opens": Case(quote(), pick_up(monday()), pick_up(monday(opens="11:00"))),
    "timetable.weekly.closes": Case(quote(), pick_up(monday()), pick_up(monday(closes="09:30"))),
    "timetable.weekly.valid_from": Case(
        quote(), pick_up(monday()), pick_up(monday(valid_from="2026-12-01"))
    ),
    "timetable.weekly.valid_until": Case(
        quote(), pick_up(monday()), pick_up(monday(valid_until="2026-11-29"))
    ),
    "timetable.exceptions.date": Case(quote(), exception(), exception(date="2026-12-01")),
    "timetable.exceptions.windows.opens": Case(quote(), exception(), exception(opens="11:00")),
    "timetable.exceptions.windows.closes": Case(quote(), exception(), exception(closes="09:30")),
}  # fmt: skip


# The walk.


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for each in get_args(annotation) for model in models_in(each)]


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every field that holds a plain value; timetables, which stand in three places, are walked once by themselves."""
    for name, field in model.model_fields.items():
        nested = [one for one in models_in(field.annotation) if one is not TimetableBody]
        if nested:
            yield from fields_of(nested[0], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


SETTINGS = {*fields_of(ListingCreate), *fields_of(TimetableBody, "timetable.")}


def test_every_setting_has_a_case_and_every_case_a_setting() -> None:
    assert set(CASES) == SETTINGS


def test_the_walk_reaches_what_is_nested() -> None:
    assert {"limits.step_minutes", "hours.overnight", "wanted.units", "timetable.weekly.opens"} <= SETTINGS
    assert {f"hours.{name}" for name in HoursBody.model_fields} <= SETTINGS
    assert {f"wanted.{name}" for name in WantedEntry.model_fields} <= SETTINGS


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_setting_has_an_effect(world: World, name: str) -> None:
    case = CASES[name]
    moment = world.clock.now()
    seen = []
    for fields in (case.base, case.changed):
        world.clock.set(moment)
        made = fields(world) if callable(fields) else fields
        listing_id = offer(world.instance, world.ben, **{"title": "Beamer", **made}).id
        seen.append(case.probe(world, str(listing_id)))

    assert seen[0] != seen[1]
