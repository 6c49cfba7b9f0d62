"""Could I have it, what would it cost, why not, and what else could I have. Nothing is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import Standing
from app.api.schemas import MoneyRead
from app.bookings.problems import NotBookable
from app.bookings.rules.ways import MOST, NO_WAY, QUEUED_FOR, Way
from app.bookings.schemas.quotes import FreeWindow, QuoteAsk, QuoteRead, WayOut, WayOutListing
from app.bookings.service.judging import Borrower, asker, judge, tally_of
from app.bookings.service.waiting import judge_newcomer
from app.kernel.actor import NOBODY, Actor, ActorKind, MemberRole
from app.kernel.intervals import Interval
from app.kernel.languages import translate
from app.kernel.money import Money
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.listings.problems import SlotTaken
from app.listings.schemas import Alternative, OtherTerms, Tariff, Terms
from app.listings.service import Tally, Verdict

_BOOK: Final = "/api/v1/bookings"
_NOTHING: Final = OtherTerms(next_free=None, fewer_units=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One ask and what was said to it."""

    terms: Terms
    span: Interval
    units: int
    borrower: Borrower
    tally: Tally
    verdict: Verdict
    holder_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a point in looking for something else."""
        hopeless = any(reason.code in NO_WAY for reason in self.verdict.reasons)
        return not (self.verdict.bookable or hopeless)


def quote(reading: Reading, listing_id: UUID, ask: QuoteAsk, *, language: str) -> QuoteRead:
    """What a request with these values would hear, for whoever acts; visitors may ask, too."""
    terms = listings.terms(reading, listing_id)
    borrower = Borrower(asker(reading, ask.in_whose_name))
    span = listings.span_of(reading, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at"))
    tally = tally_of(reading, listing_id, span, borrower)
    verdict = judge_newcomer(reading, listing_id, span=span, units=ask.units, borrower=borrower, tally=tally)
    asked = _Asked(terms, span, ask.units, borrower, tally, verdict)
    other = _other_terms(reading, asked)
    free, price = other.next_free, verdict.price
    return QuoteRead.model_validate(
        {
            "bookable": verdict.bookable,
            "free_units": verdict.free_units,
            "pricing": price.pricing,
            "price": _money(price.total),
            "net": _money(price.net),
            "vat_permille": price.vat_permille,
            "vat": _money(price.vat),
            "total": _money(price.total),
            "tariff": price.tariff and _tariff(price.tariff),
            "billing_count": price.count,
            "deposit": _money(price.deposit),
            "reasons": [
                {"code": one.code, "detail": translate(one.detail, language), **one.facts}
                for one in verdict.reasons
            ],
            "next_free": free and FreeWindow(starts_at=free.start, ends_at=free.end),
            "ways_out": _ways(reading, asked, other),
        }
    )


def ways_out(
    reading: Reading,
    listing_id: UUID,
    span: Interval,
    units: int,
    borrower_id: UUID | None = None,
    *,
    holder_id: UUID | None = None,
) -> list[WayOut]:
    """What somebody could do instead, at most three ways, for whoever would borrow; None is a visitor.

    What the booking `holder_id` holds does not stand in its own way. A fixed number of queries, whatever there is.
    """
    terms = listings.terms(reading, listing_id)
    borrower = Borrower(_standing(reading, borrower_id))
    tally = tally_of(reading, listing_id, span, borrower, besides=holder_id)
    if holder_id is None:
        verdict = judge_newcomer(reading, listing_id, span=span, units=units, borrower=borrower, tally=tally)
    else:
        verdict = judge(
            reading, listing_id, span=span, units=units, borrower=borrower, holder_id=holder_id, tally=tally
        )
    asked = _Asked(terms, span, units, borrower, tally, verdict, holder_id)
    return _ways(reading, asked, _other_terms(reading, asked))


def _standing(reading: Reading, borrower_id: UUID | None) -> Standing | None:
    if borrower_id is None:
        return None
    acting = reading.actor.id if reading.actor.speaks_for(borrower_id) else None
    return accounts.standing_with(reading, borrower_id, acting=acting)


@contextmanager
def showing_ways_out(
    listing_id: UUID, span: Interval, units: int, borrower_id: UUID | None
) -> Iterator[None]:
    """Let a refusal of this ask say what else there is, as `ways_out`, just as the quote does."""

    def look(reading: Reading) -> dict[str, Any]:
        try:
            ways = ways_out(reading, listing_id, span, units, borrower_id)
        except NotFound:
            ways = []  # the listing has just gone
        return {"ways_out": [way.model_dump(mode="json") for way in ways]}

    try:
        yield
    except (NotBookable, SlotTaken) as refused:
        refused.afterwards = look
        raise


def _other_terms(reading: Reading, asked: _Asked) -> OtherTerms:
    if not asked.is_open:
        return _NOTHING
    return listings.other_terms(
        reading,
        asked.terms.listing_id,
        span=asked.span,
        units=asked.units,
        borrower=asked.borrower.standing,
        tally=asked.tally,
        holder_id=asked.holder_id,
    )


def _ways(reading: Reading, asked: _Asked, other: OtherTerms) -> list[WayOut]:
    if not asked.is_open or reading.actor.kind is ActorKind.PARTNER:
        return []
    span, units, listing_id = asked.span, asked.units, asked.terms.listing_id
    found = listings.alternatives(
        reading,
        listing_id,
        span=span,
        units=units,
        borrower=asked.borrower.standing,
        viewer=_viewer(reading.actor, asked.borrower.standing),
    )
    free, fewer, queue = other.next_free, other.fewer_units, f"/api/v1/listings/{listing_id}/queue"
    ways = (
        _way(Way.NEXT_FREE, free, units) if free else None,
        _way(Way.FEWER_UNITS, span, fewer) if fewer else None,
        _way(Way.SIMILAR, span, units, listing=found.similar) if found.similar else None,
        _way(Way.AT_PARTNER, span, units, listing=found.at_partner) if found.at_partner else None,
        _way(Way.JOIN_QUEUE, span, units, href=queue) if _queued_for(asked) else None,
        _way(Way.POST_WANT, span, units, href="/api/v1/listings") if span.start > reading.now else None,
    )
    return list(islice((way for way in ways if way), MOST))


def _way(
    way: Way, span: Interval, units: int, *, listing: Alternative | None = None, href: str = _BOOK
) -> WayOut:
    return WayOut(
        way=way,
        starts_at=span.start,
        ends_at=span.end,
        units=units,
        listing=listing and WayOutListing.model_validate(listing),
        href=href,
        method="POST",
    )


def _queued_for(asked: _Asked) -> bool:
    """Whether waiting helps: nothing is against it but that others have what there is, and it is ours."""
    codes = {reason.code for reason in asked.verdict.reasons}
    return asked.terms.origin_id is None and asked.units <= asked.terms.units and codes <= QUEUED_FOR


def _viewer(actor: Actor, borrower: Standing | None) -> Actor:
    """With whose eyes alternatives are looked for: a borrower's, whatever staff and clocks may see besides."""
    if actor.kind is ActorKind.PERSON:
        return replace(actor, staff=None)
    if borrower is None:
        return NOBODY
    members = MappingProxyType(dict.fromkeys(borrower.member_of, MemberRole.MEMBER))
    return Actor(ActorKind.PERSON, borrower.party_id, memberships=members)


def _money(money: Money | None) -> MoneyRead | None:
    return MoneyRead(amount_minor=money.amount_minor, currency=money.currency) if money else None


def _tariff(tariff: listings.Tariff) -> Tariff:
    return Tariff(
        tariff=tariff.name,
        billing_unit=tariff.billing_unit,
        amount_minor=tariff.price.amount_minor,
        currency=tariff.price.currency,
    )
