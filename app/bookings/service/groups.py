"""Asking for several listings at once (T16): all or nothing, or what can be had. Each part is a booking of its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.accounts.schemas import Standing
from app.bookings.events import GroupAsked
from app.bookings.problems import NotBookable
from app.bookings.rules.groups import Mode
from app.bookings.rules.series import Answer, answer_of, answer_to
from app.bookings.rules.words import Role
from app.bookings.schemas import GroupCreate, GroupRead
from app.bookings.service import group_views, messages
from app.bookings.service.asking import Wish
from app.bookings.service.judging import asker
from app.bookings.service.reasons import distinct, kept
from app.bookings.service.several import Tried, try_all
from app.bookings.tables import Booking, BookingGroup, GroupItem
from app.kernel.ids import new_id
from app.kernel.problems import Reason, SignInNeeded
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.schemas import Terms

_AT_A_PARTNER = Reason(
    "not_yet",
    message("A partner's listing cannot be asked for together with others yet. Ask for it by itself."),
)


def request_group(work: UnitOfWork, ask: GroupCreate, *, language: str) -> GroupRead:
    """Ask for all parts at once; each is judged and taken as it would be alone, under locks in the order of ids.

    All or nothing: where one part cannot be had, NotBookable tells every part, and nothing is stored. Best effort:
    the same only when no part can be had, else the answer is per part. NotFound when a listing is not visible.
    """
    terms = {item.listing_id: listings.terms(work, item.listing_id) for item in ask.items}
    borrower = asker(work, ask.in_whose_name)
    if borrower is None:
        raise SignInNeeded
    group = BookingGroup(
        id=new_id(),
        borrower_id=borrower.party_id,
        requested_by=work.actor.id,
        purpose=ask.purpose,
        mode=ask.mode,
        created_at=work.now,
    )
    work.session.add(group)
    work.session.flush()  # the bookings refer to it
    tried = _try(work, ask.mode, _wishes(work, group.id, ask, borrower), terms)
    _keep(work, group, tried)
    made = [one.booking for one in tried if one.booking]
    _tell(work, group, made)
    if ask.message:
        for booking in _first_of_each_provider(made):
            messages.add(work, booking, Role.BORROWER, ask.message)
    return group_views.read(work, group, language=language)


def _wishes(work: UnitOfWork, group_id: UUID, ask: GroupCreate, borrower: Standing) -> list[Wish]:
    wishes = []
    for number, item in enumerate(ask.items):
        starts_at, ends_at = item.starts_at or ask.starts_at, item.ends_at or ask.ends_at
        assert starts_at is not None  # GroupCreate has looked
        assert ends_at is not None
        names = tuple(
            f"/items/{number}/{name}" if getattr(item, name) else f"/{name}"
            for name in ("starts_at", "ends_at")
        )
        wishes.append(
            Wish(
                listing_id=item.listing_id,
                span=listings.span_of(work, starts_at, ends_at, names=(names[0], names[1])),
                units=item.units,
                borrower=borrower,
                purpose=ask.purpose,
                group_id=group_id,
            )
        )
    return wishes


def _try(work: UnitOfWork, mode: Mode, wishes: Sequence[Wish], terms: dict[UUID, Terms]) -> list[Tried]:
    """What came of each part, in the order asked for; NotBookable, with all of them, where that is not enough."""
    all_or_nothing = mode is Mode.ALL_OR_NOTHING
    ours = [wish for wish in wishes if terms[wish.listing_id].origin_id is None]
    got: list[Tried] = []
    if ours and not (all_or_nothing and len(ours) < len(wishes)):
        here = {wish.listing_id: terms[wish.listing_id] for wish in ours}
        got = try_all(work, ours, here, all_or_nothing=all_or_nothing)
    came = {id(one.wish): one for one in got}
    tried = [
        came.get(id(wish))
        or Tried(wish, None, () if terms[wish.listing_id].origin_id is None else (_AT_A_PARTNER,))
        for wish in wishes
    ]
    enough = all if all_or_nothing else any
    if not enough(one.booking for one in tried):
        raise NotBookable(
            message("Not all of this can be had.") if all_or_nothing else message("None of this can be had."),
            reasons=distinct(reason for one in tried for reason in one.reasons),
            items=[_refused(number, one) for number, one in enumerate(tried)],
        )
    return tried


def _refused(number: int, one: Tried) -> dict[str, Any]:
    """A part as the problem tells it; without reasons it could have been had."""
    return {"item": number, "listing_id": str(one.wish.listing_id), "reasons": one.reasons}


def _answer(one: Tried) -> Answer:
    if one.booking is not None:
        return answer_of(one.booking.state)
    return answer_to([reason.code for reason in one.reasons], taken=listings.TAKEN, shut=listings.SHUT)


def _keep(work: UnitOfWork, group: BookingGroup, tried: Sequence[Tried]) -> None:
    for position, one in enumerate(tried):
        work.session.add(
            GroupItem(
                id=new_id(),
                group_id=group.id,
                position=position,
                listing_id=one.wish.listing_id,
                starts_at=one.wish.span.start,
                ends_at=one.wish.span.end,
                units=one.wish.units,
                answer=_answer(one),
                reasons=kept(one.reasons),
                booking_id=one.booking.id if one.booking else None,
            )
        )
    work.session.flush()


def _first_of_each_provider(made: Sequence[Booking]) -> list[Booking]:
    return list({booking.provider_id: booking for booking in reversed(made)}.values())


def _tell(work: UnitOfWork, group: BookingGroup, made: Sequence[Booking]) -> None:
    """One fact for each provider, not one for each part."""
    for first in _first_of_each_provider(made):
        if first.provider_id is None:
            continue
        answers = [answer_of(one.state) for one in made if one.provider_id == first.provider_id]
        work.record(
            GroupAsked(
                group_id=group.id,
                provider_id=first.provider_id,
                booking_id=first.id,
                confirmed=answers.count(Answer.CONFIRMED),
                requested=answers.count(Answer.REQUESTED),
            )
        )
