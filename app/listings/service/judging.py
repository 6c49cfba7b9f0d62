"""Judging an ask: could somebody have it, what would it cost, why not, and when else."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import Standing
from app.kernel.actor import ActorKind
from app.kernel.intervals import Interval
from app.kernel.languages import translate
from app.kernel.problems import NotAllowed
from app.kernel.text import message
from app.kernel.unit_of_work import Reading
from app.listings import repository
from app.listings.rules.verdict import Ask, Verdict, next_free
from app.listings.rules.verdict import judge as judge_ask
from app.listings.schemas.calendar import (
    FreeWindow,
    QuoteAsk,
    QuoteRead,
)
from app.listings.service import values
from app.listings.service.describing import money_read, tariff_read
from app.listings.service.looking import find, known, span_of

_LOOK_AHEAD_DAYS: Final = 60


def judge(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Standing | None,
    holder_id: UUID | None = None,
) -> Verdict:
    """Everything that speaks against this ask, what is free for it, and its price (quote and request alike).

    `borrower` is None for a visitor or somebody at a partner. What `holder_id` already holds is not counted, and
    whoever has something to do with the listing already is judged even when they cannot see it any more.
    """
    row = find(reading, listing_id) if holder_id is None else known(reading, listing_id)
    offer = values.offer_of(row, span, from_afar=reading.actor.kind is ActorKind.PARTNER)
    others = repository.occupancies(reading.session, row.id, values.around(span, offer.limits))
    taken = values.taken(other for other in others if other.holder_id != holder_id)
    return judge_ask(offer, Ask(span, units, values.asker_of(borrower)), taken, reading.now)


def quote(reading: Reading, listing_id: UUID, ask: QuoteAsk, *, language: str) -> QuoteRead:
    """Could the actor have it, what would it cost, why not, and when else. Visitors may ask, too."""
    row = find(reading, listing_id)
    span = span_of(reading, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at"))
    ahead = Interval(span.start, span.end + timedelta(days=_LOOK_AHEAD_DAYS + 1))
    offer = values.offer_of(row, ahead)
    taken = values.taken(repository.occupancies(reading.session, row.id, values.around(ahead, offer.limits)))
    wish = Ask(span, ask.units, values.asker_of(_borrower(reading, ask.organisation_id)))
    verdict = judge_ask(offer, wish, taken, reading.now)
    other_day = (
        None if verdict.bookable else next_free(offer, wish, taken, reading.now, days=_LOOK_AHEAD_DAYS)
    )
    price = verdict.price
    return QuoteRead.model_validate(
        {
            "bookable": verdict.bookable,
            "free_units": verdict.free_units,
            "pricing": price.pricing,
            "price": money_read(price.total),
            "tariff": price.tariff and tariff_read(price.tariff),
            "billing_count": price.count,
            "deposit": money_read(price.deposit),
            "reasons": [
                {"code": one.code, "detail": translate(one.detail, language)} for one in verdict.reasons
            ],
            "next_free": other_day and FreeWindow(starts_at=other_day.start, ends_at=other_day.end),
        }
    )


def _borrower(reading: Reading, organisation_id: UUID | None) -> Standing | None:
    actor = reading.actor
    if organisation_id is not None and not actor.belongs_to(organisation_id):
        raise NotAllowed(message("You can only ask in the name of an organisation you belong to."))
    party_id = organisation_id or (actor.id if actor.kind is ActorKind.PERSON else None)
    return accounts.standing_of_asker(reading, party_id) if party_id else None
