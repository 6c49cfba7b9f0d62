"""Bringing the town to life through the same services as everybody: it has a past, so the clock is turned back first.

Forty days ago people came, organisations were founded and recognised; since then listings appeared one by one, and
the loans were asked for, agreed and handed over when their story says so. What lies in the future has not happened.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounts import service as accounts
from app.accounts.schemas.organisations import RecognitionSubmission
from app.bookings import service as bookings
from app.bookings.schemas import BookingCreate
from app.demo.hours import Window
from app.demo.town import Address, Listing, Loan, Organisation, Step, Town, Want
from app.kernel.actor import SYSTEM, Actor, ActorKind, MemberRole, StaffRole
from app.kernel.clock import TurnableClock
from app.kernel.problems import NotNow
from app.kernel.text import message
from app.kernel.unit_of_work import Transactions
from app.listings import service as listings
from app.listings.schemas import ListingCreate

PASSWORD: Final = "leihen statt kaufen"  # noqa: S105 - everybody's in the demo, and printed where it starts
LOCALITY: Final = "Leipzig"

_AGE: Final = dt.timedelta(days=40)
_PACE: Final = dt.timedelta(hours=5)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PUBLIC: Final = {"space": {"area": "area_m2"}, "time": {"asks": "asks_per_week"}}

Ids: TypeAlias = dict[str, UUID]
Watch: TypeAlias = Callable[[Sequence[Any], str], Iterable[Any]]
"""Lets somebody see how far a long work has come."""


@dataclass(frozen=True, slots=True)
class Guide:
    """Who a visitor can sign in as, all with the same password."""

    admin: str
    lender: str
    borrower: str
    password: str


def load(place: Town, transactions: Transactions, clock: TurnableClock, *, watch: Watch) -> Guide:
    """Fill an empty instance with the town; answers whom to sign in as. Raises NotNow where people live already."""
    now = clock.now()
    with transactions.reading(SYSTEM) as reading:
        if accounts.anybody(reading):
            raise NotNow(message("There are people here already; the demo begins in an empty database."))
    loader = _Loader(place, transactions, clock, now)
    try:
        loader.settle()
        for number, offer in enumerate(watch(place.listings, "Listings")):
            loader.offer(offer, at=now - _AGE + number * (_AGE - dt.timedelta(days=15)) / len(place.listings))
        for number, want in enumerate(place.wants):
            loader.want(want, at=now - dt.timedelta(days=3) + number * _PACE)
        loader.play()
    finally:
        clock.set(now)
    return loader.guide()


class _Loader:
    """What came into being, by the names the town uses."""

    def __init__(
        self, place: Town, transactions: Transactions, clock: TurnableClock, now: dt.datetime
    ) -> None:
        self._place, self._transactions, self._clock, self._now = place, transactions, clock, now
        self._zone = ZoneInfo(transactions.settings.time_zone)
        self._holidays = listings.Holidays(transactions.settings.subdivision)
        self._ids: Ids = {}
        self._bodies = {body.key: body for body in place.organisations}

    def settle(self) -> None:
        """People come, found organisations, and have them recognised by the admin."""
        password_hash = accounts.hash_password(PASSWORD)
        self._clock.set(self._now - _AGE)
        with self._transactions.writing(SYSTEM) as work:
            for person in self._place.people:
                self._ids[person.key] = accounts.enrol(
                    work,
                    email=person.email,
                    display_name=person.name,
                    language="de",
                    password_hash=password_hash,
                    confirmed=True,
                )
            accounts.appoint(work, self._ids[self._place.admin.key], StaffRole.ADMIN)
        for body in self._place.organisations:
            self._found(body)

    def offer(self, offer: Listing, *, at: dt.datetime) -> None:
        self._publish(offer.title, offer.owner, _offer(offer, show_exact=offer.owner in self._bodies), at)

    def want(self, want: Want, *, at: dt.datetime) -> None:
        begins = dt.datetime.combine(self._day(want.days), dt.time(10), self._zone)
        self._publish(want.title, want.owner, _want(want, begins), at)

    def play(self) -> None:
        """Everything that happened with the loans until now, in the order in which it happened."""
        offers = {offer.title: offer for offer in self._place.listings}
        scenes = [
            (self._moment(step, span), number, step_number, loan, step, span)
            for number, loan in enumerate(self._place.loans)
            for span in [self._span(loan, offers[loan.listing])]
            for step_number, step in enumerate(loan.steps)
        ]
        for moment, number, _, loan, step, span in sorted(scenes, key=lambda scene: scene[:3]):
            if moment < self._now:
                self._clock.set(moment)
                self._take(f"loan {number}", loan, step, span, offers[loan.listing].owner)

    def guide(self) -> Guide:
        mail = {person.key: person.email for person in self._place.people}
        first = self._place.loans[0]
        lender = next(offer.owner for offer in self._place.listings if offer.title == first.listing)
        return Guide(
            admin=self._place.admin.email,
            lender=mail[self._speaker(lender)],
            borrower=mail[first.borrower],
            password=PASSWORD,
        )

    def _found(self, body: Organisation) -> None:
        with self._transactions.writing(self._actor(body.owner)) as work:
            made = accounts.found_organisation(
                work, name=body.name, description=body.text, email=f"{body.key}@example.org"
            )
        self._ids[body.key] = made
        with self._transactions.writing(self._actor(body.owner)) as work:
            for member in body.members:
                accounts.admit(work, made, self._ids[member], MemberRole.MEMBER)
            if body.recognised:
                proof = {"proof": "declaration", "declaration": body.text}
                accounts.submit(work, made, RecognitionSubmission.model_validate(proof))
        if body.recognised:
            with self._transactions.writing(self._actor(self._place.admin.key)) as work:
                accounts.decide(work, made, accounts.RecognitionStep.APPROVE, note="")

    def _publish(self, title: str, owner: str, document: dict[str, Any], at: dt.datetime) -> None:
        self._clock.set(at)
        with self._transactions.writing(SYSTEM) as work:
            command = ListingCreate.model_validate(document)
            made = listings.create(work, command, provider_id=self._ids[owner])
            listings.publish(work, made.id)
        self._ids[title] = made.id

    def _take(
        self, name: str, loan: Loan, step: Step, span: tuple[dt.datetime, dt.datetime], owner: str
    ) -> None:
        actor = self._actor(loan.borrower if step.side == "borrower" else self._speaker(owner))
        with self._transactions.writing(actor) as work:
            if step.action != "request":
                bookings.act(work, self._ids[name], step.action)
                return
            asked = bookings.request(
                work,
                BookingCreate(
                    listing_id=self._ids[loan.listing],
                    starts_at=span[0],
                    ends_at=span[1],
                    units=loan.units,
                    organisation_id=self._ids[loan.organisation] if loan.organisation else None,
                    message=loan.message,
                ),
            )
            self._ids[name] = asked.id

    def _actor(self, person: str) -> Actor:
        owned = [body.key for body in self._bodies.values() if body.owner == person and body.key in self._ids]
        roles = {self._ids[key]: MemberRole.OWNER for key in owned}
        staff = StaffRole.ADMIN if person == self._place.admin.key else None
        return Actor(ActorKind.PERSON, id=self._ids[person], staff=staff, memberships=roles)

    def _speaker(self, owner: str) -> str:
        return self._bodies[owner].owner if owner in self._bodies else owner

    def _span(self, loan: Loan, offer: Listing) -> tuple[dt.datetime, dt.datetime]:
        starts, ends = loan.span(offer.hours, self._day(0), self._holidays)
        return starts.replace(tzinfo=self._zone), ends.replace(tzinfo=self._zone)

    def _moment(self, step: Step, span: tuple[dt.datetime, dt.datetime]) -> dt.datetime:
        if isinstance(step.when, int):
            return dt.datetime.combine(self._day(step.when), dt.time(9), self._zone)
        return span[0] if step.when == "start" else span[1]

    def _day(self, offset: int) -> dt.date:
        return self._now.astimezone(self._zone).date() + dt.timedelta(days=offset)


def _offer(offer: Listing, *, show_exact: bool) -> dict[str, Any]:
    hand_over = "pick_up" if offer.kind == "equipment" else "opening"
    tariffs = offer.tariffs
    return {
        "kind": offer.kind,
        "title": offer.title,
        "description": offer.text,
        "category": offer.category,
        "tags": list(offer.tags),
        "units": offer.units,
        "place": _place(offer.address) | {"show_exact": show_exact},
        "audience": offer.audience,
        "tariffs": None
        if tariffs is None
        else [_tariff(it.tariff, it.billing_unit, it.amount_minor) for it in tariffs],
        "deposit": None if offer.deposit_minor is None else {"amount_minor": offer.deposit_minor},
        "hours": {
            hand_over: {"weekly": [_window(window) for window in offer.hours]},
            "overnight": offer.details.get("overnight"),
        },
        "federation": "bookable" if show_exact else "listed",
        **_details(offer),
    }


def _want(want: Want, begins: dt.datetime) -> dict[str, Any]:
    ends = begins + dt.timedelta(hours=want.hours)
    return {
        "purpose": "want",
        "kind": want.kind,
        "title": want.title,
        "description": want.text,
        "category": want.category,
        "place": _place(want.address),
        "wanted": {"starts_at": begins, "ends_at": ends, "units": want.units},
    }


def _details(offer: Listing) -> dict[str, Any]:
    if offer.kind == "equipment":
        return {}
    names = _PUBLIC.get(offer.kind, {})
    details = {names.get(name, name): value for name, value in offer.details.items() if name != "overnight"}
    return {offer.kind: details}


def _place(address: Address) -> dict[str, Any]:
    return {
        "street": address.street,
        "postal_code": address.postal_code,
        "locality": LOCALITY,
        "district": address.district,
        "lat": address.lat,
        "lon": address.lon,
    }


def _tariff(tariff: str, billing_unit: str, amount_minor: int) -> dict[str, Any]:
    return {"tariff": tariff, "billing_unit": billing_unit, "amount_minor": amount_minor}


def _window(window: Window) -> dict[str, str]:
    return {
        "weekday": _WEEKDAYS[window.weekday],
        "opens": window.opens.isoformat("minutes"),
        "closes": window.closes.isoformat("minutes"),
    }
