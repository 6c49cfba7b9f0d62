"""Facts that somebody is told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.events import (
    EmailChangeAsked,
    Invited,
    MembershipChanged,
    PasswordChanged,
    PasswordResetAsked,
    RecognitionExpiring,
    RecognitionMoved,
    Registered,
    RegisteredAgain,
    SignInLinkAsked,
)
from app.bookings import service as bookings
from app.bookings.events import (
    BookingMoved,
    BookingReminded,
    GroupAnswered,
    GroupAsked,
    GroupBroken,
    MessageWritten,
    RemoteActionRefused,
    RemoteUnanswered,
    SeriesAnswered,
    SeriesAsked,
)
from app.bookings.schemas import Noted
from app.federation.events import PartnerAlarmed
from app.kernel.actor import SYSTEM, StaffRole
from app.kernel.events import Event
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.listings.events import (
    ListingExpired,
    ListingExpiring,
    ListingReviewed,
    ListingSubmitted,
    OffersSought,
    PromisesInConflict,
    SearchAnswered,
    WantAnswerable,
)
from app.moderation.events import DecisionObjected, ReportDecided, ReportMade
from app.notifications import cases
from app.notifications.kinds import KINDS, TOLD, of_booking
from app.notifications.service import tell, tell_party
from app.notifications.steps import step_of
from app.notifications.words.partners import about_partner
from app.notifications.words.sides import BORROWER, MODERATOR, PROVIDER

_TO_THE_PERSON: Final = {
    Registered: "confirm_email",
    RegisteredAgain: "registered_again",
    SignInLinkAsked: "sign_in",
    PasswordResetAsked: "reset_password",
    PasswordChanged: "password_changed",
}
_NAMED: Final = 10
"""So many promises are named in a letter."""
Personal = Registered | RegisteredAgain | SignInLinkAsked | PasswordResetAsked | PasswordChanged
_SIDES: Final = (BORROWER, PROVIDER, MODERATOR)
_ALONE: Final = {
    f"{whole}-{step}": step
    for whole, steps in (
        ("series", ("request", "book", "accept", "decline", "cancel", "expire")),
        ("group", ("request", "book", "accept")),
    )
    for step in steps
}
"""What one date of a series or one part of a group is told as: nobody asks for "1 of your listings at once"."""


def tell_the_person(transactions: Transactions, event: Personal, event_id: UUID) -> None:
    """What concerns one account alone."""
    with transactions.writing(SYSTEM) as work:
        tell(work, event_id, _TO_THE_PERSON[type(event)], event.person_id)


def tell_both_addresses(transactions: Transactions, event: EmailChangeAsked, event_id: UUID) -> None:
    """The new address is asked, the old one warned."""
    with transactions.writing(SYSTEM) as work:
        tell(work, event_id, "change_email", event.person_id, {"change_id": str(event.change_id)})
        tell(work, event_id, "email_change_told", event.person_id)


def tell_the_invited(transactions: Transactions, event: Invited, event_id: UUID) -> None:
    """Somebody is asked to join."""
    with transactions.writing(SYSTEM) as work:
        tell(work, event_id, "invitation", event.invitation_id)


def tell_the_new_member(transactions: Transactions, event: MembershipChanged, event_id: UUID) -> None:
    """Who was let in by somebody else should know of it."""
    if event.before is None and event.after is not None and event.by != event.person_id:
        with transactions.writing(SYSTEM) as work:
            facts = {"organisation_id": str(event.organisation_id)}
            tell(work, event_id, "joined", event.person_id, facts)


def tell_the_organisation(transactions: Transactions, event: RecognitionMoved, event_id: UUID) -> None:
    """What became of its recognition, to its owners and managers."""
    kind = f"recognition_{event.after}"
    if kind in KINDS:
        facts = {"organisation_id": str(event.organisation_id)}
        with transactions.writing(SYSTEM) as work:
            tell_party(work, event_id, kind, event.organisation_id, facts)


def warn_the_organisation(transactions: Transactions, event: RecognitionExpiring, event_id: UUID) -> None:
    """That its recognition ends in a month, to its owners and managers."""
    facts = {"organisation_id": str(event.organisation_id)}
    with transactions.writing(SYSTEM) as work:
        tell_party(work, event_id, "recognition_expiring", event.organisation_id, facts)


def tell_the_provider(
    transactions: Transactions, event: ListingExpiring | ListingExpired, event_id: UUID
) -> None:
    """That a listing of theirs goes, or has gone."""
    kind = "listing_expiring" if isinstance(event, ListingExpiring) else "listing_expired"
    facts = {"listing_id": str(event.listing_id)}
    with transactions.writing(SYSTEM) as work:
        tell_party(work, event_id, kind, event.provider_id, facts, thread_id=event.listing_id)


def tell_of_conflicts(transactions: Transactions, event: PromisesInConflict, event_id: UUID) -> None:
    """Which promises cannot all be kept, to who made them; to nobody else before they act (T4, T11)."""
    with transactions.writing(SYSTEM) as work:
        held = bookings.noted(work, event.holder_ids).values()
        promised = sorted((one for one in held if one.promised), key=lambda one: (one.starts_at, one.id))
        if promised:
            facts = {
                "listing_id": str(event.listing_id),
                "count": str(len(promised)),
                "promised": [str(one.id) for one in promised[:_NAMED]],
            }
            tell_party(
                work,
                event_id,
                "promises_conflict",
                event.provider_id,
                facts,
                thread_id=event.listing_id,
            )


def ask_the_staff(transactions: Transactions, event: ListingSubmitted, event_id: UUID) -> None:
    """That a listing waits for them."""
    facts = {"listing_id": str(event.listing_id)}
    with transactions.writing(SYSTEM) as work:
        for reader in accounts.staff(work):
            if reader.person_id is not None:
                tell(work, event_id, "listing_submitted", reader.person_id, facts, thread_id=event.listing_id)


def tell_of_a_review(transactions: Transactions, event: ListingReviewed, event_id: UUID) -> None:
    """What the staff found when it looked at a listing, to its provider."""
    facts = {"listing_id": str(event.listing_id)}
    with transactions.writing(SYSTEM) as work:
        kind = f"listing_{event.verdict}"
        tell_party(work, event_id, kind, event.provider_id, facts, thread_id=event.listing_id)


def tell_of_finds(
    transactions: Transactions, event: SearchAnswered | WantAnswerable | OffersSought, event_id: UUID
) -> None:
    """What is new for a search that somebody keeps, for a want, or for what somebody offers."""
    facts: dict[str, Any] = {"count": event.count, "found": [str(one) for one in event.listing_ids]}
    with transactions.writing(SYSTEM) as work:
        if isinstance(event, SearchAnswered):
            facts |= {"search_id": str(event.search_id)}
            tell(work, event_id, "search_answered", event.person_id, facts, thread_id=event.search_id)
        elif isinstance(event, WantAnswerable):
            facts |= {"listing_id": str(event.want_id)}
            tell_party(work, event_id, "want_answerable", event.owner_id, facts, thread_id=event.want_id)
        else:
            tell_party(work, event_id, "offers_sought", event.provider_id, facts)


def tell_the_other_side(transactions: Transactions, event: BookingMoved, event_id: UUID) -> None:
    """A step somebody took, to the side that did not take it; a clock's and the staff's steps to both.

    What was moved together with others is told by `tell_of_a_series` or `tell_of_a_group`, once.
    """
    if event.together is not None:
        return
    step = step_of(event.action, event.role, event.state_before, event.state_after)
    with transactions.writing(SYSTEM) as work:
        booking = _booking(work, event.booking_id)
        until = booking.strikes_at if booking.version == event.version else None  # else it has gone on since
        whom = tuple(side for side in _SIDES if side != event.role)
        said = bookings.opening_message(work, event.booking_id) if event.state_before is None else None
        with_it = {"message_id": str(said)} if said else {}
        _tell_sides(work, event_id, booking, step, whom, until=until, **with_it)


def tell_of_a_series(transactions: Transactions, event: SeriesAsked | SeriesAnswered, event_id: UUID) -> None:
    """Several dates at once, in one letter."""
    facts = {"series_id": str(event.series_id)}
    if isinstance(event, SeriesAsked):
        step, count = _asked("series", event)
        whom: tuple[str, ...] = (PROVIDER,)
    else:
        step, count = f"series-{event.action}", event.moved
        whom = tuple(side for side in (BORROWER, PROVIDER) if side != event.role)
    _tell_together(transactions, event, event_id, (step, whom), facts | {"count": str(count)})


def tell_of_a_group(
    transactions: Transactions, event: GroupAsked | GroupAnswered | GroupBroken, event_id: UUID
) -> None:
    """Several parts of one ask, in one letter for each who has to do with them."""
    facts = {"group_id": str(event.group_id)}
    if isinstance(event, GroupAsked):
        step, count = _asked("group", event)
        whom, facts = PROVIDER, facts | {"count": str(count)}
    elif isinstance(event, GroupAnswered):
        step, whom = f"group-{event.action}", PROVIDER if event.role == BORROWER else BORROWER
        facts |= {"count": str(event.moved), "left": str(event.left)}
    else:
        step, whom, facts = "group-broken", BORROWER, facts | {"left": str(event.left)}
    _tell_together(transactions, event, event_id, (step, (whom,)), facts)


def _asked(whole: str, event: SeriesAsked | GroupAsked) -> tuple[str, int]:
    """What the provider is told, and of how many: of those that wait for an answer, where any does."""
    return (f"{whole}-request", event.requested) if event.requested else (f"{whole}-book", event.confirmed)


def _tell_together(
    transactions: Transactions,
    event: SeriesAsked | SeriesAnswered | GroupAsked | GroupAnswered | GroupBroken,
    event_id: UUID,
    told: tuple[str, Sequence[str]],
    facts: Mapping[str, str],
) -> None:
    step, whom = told
    with transactions.writing(SYSTEM) as work:
        booking = _booking(work, event.booking_id)
        if facts.get("count") == "1" and step in _ALONE:
            _tell_sides(work, event_id, booking, _ALONE[step], whom, until=booking.strikes_at)
            return
        parties = {BORROWER: booking.borrower_id, PROVIDER: booking.provider_id}
        facts = {"booking_id": str(event.booking_id), **facts}
        for side in whom:
            if (party_id := parties[side]) is not None:
                tell_party(
                    work, event_id, of_booking(step, side), party_id, facts, thread_id=event.booking_id
                )


def remind_sides(transactions: Transactions, event: BookingReminded, event_id: UUID) -> None:
    """Nothing moved, but the moment has come to say something."""
    with transactions.writing(SYSTEM) as work:
        booking = _booking(work, event.booking_id)
        _tell_sides(work, event_id, booking, event.reminder, event.whom, until=booking.strikes_at)


def tell_of_a_message(transactions: Transactions, event: MessageWritten, event_id: UUID) -> None:
    """One side wrote to the other; the staff wrote to both. What came with the ask is told with it."""
    with transactions.writing(SYSTEM) as work:
        if bookings.opening_message(work, event.booking_id) == event.message_id:
            return
        booking = _booking(work, event.booking_id)
        whom = tuple(side for side in (BORROWER, PROVIDER) if side != event.role)
        _tell_sides(work, event_id, booking, "message", whom, message_id=str(event.message_id))


def tell_who_asked(
    transactions: Transactions, event: RemoteActionRefused | RemoteUnanswered, event_id: UUID
) -> None:
    """A partner would not do what one of our residents asked of it, or does not answer at all."""
    step = "partner_refused" if isinstance(event, RemoteActionRefused) else "partner_silent"
    with transactions.writing(SYSTEM) as work:
        _tell_sides(work, event_id, _booking(work, event.booking_id), step, (BORROWER,))


def _booking(work: UnitOfWork, booking_id: UUID) -> Noted:
    return bookings.noted(work, [booking_id])[booking_id]


def _tell_sides(
    work: UnitOfWork,
    event_id: UUID,
    booking: Noted,
    step: str,
    whom: Sequence[str],
    *,
    until: datetime | None = None,
    **facts: str,
) -> None:
    facts = {"booking_id": str(booking.id), **facts} | ({"until": until.isoformat()} if until else {})
    parties = {BORROWER: booking.borrower_id, PROVIDER: booking.provider_id}
    for side in whom:
        kind = of_booking(step, side)
        if (step, side) not in TOLD:
            continue
        if side == MODERATOR:
            for reader in accounts.staff(work):
                if reader.person_id is not None:
                    tell(work, event_id, kind, reader.person_id, facts, thread_id=booking.id)
        elif (party_id := parties[side]) is not None:
            tell_party(work, event_id, kind, party_id, facts, thread_id=booking.id)


def tell_the_admins(transactions: Transactions, event: PartnerAlarmed, event_id: UUID) -> None:
    """That people have to talk with a partner."""
    facts = {"partner_id": str(event.partner_id)}
    with transactions.writing(SYSTEM) as work:
        for reader in accounts.staff(work, role=StaffRole.ADMIN):
            if reader.person_id is not None:
                tell(work, event_id, about_partner(event.alarm), reader.person_id, facts)


LISTENERS: Final[Mapping[str, Callable[[Transactions, Any, UUID], None]]] = {
    "notifications.person": tell_the_person,
    "notifications.addresses": tell_both_addresses,
    "notifications.invited": tell_the_invited,
    "notifications.member": tell_the_new_member,
    "notifications.organisation": tell_the_organisation,
    "notifications.recognition": warn_the_organisation,
    "notifications.booking": tell_the_other_side,
    "notifications.reminder": remind_sides,
    "notifications.series": tell_of_a_series,
    "notifications.group": tell_of_a_group,
    "notifications.message": tell_of_a_message,
    "notifications.refused": tell_who_asked,
    "notifications.listing": tell_the_provider,
    "notifications.conflicts": tell_of_conflicts,
    "notifications.finds": tell_of_finds,
    "notifications.submitted": ask_the_staff,
    "notifications.partner": tell_the_admins,
    "notifications.review": tell_of_a_review,
    "notifications.report": cases.tell_of_a_report,
    "notifications.decision": cases.tell_of_a_decision,
    "notifications.objection": cases.tell_of_an_objection,
}
"""The listeners of this room, by the names that stand in jobs."""

HEARD: Final[Mapping[type[Event], Sequence[str]]] = {
    **dict.fromkeys(_TO_THE_PERSON, ("notifications.person",)),
    EmailChangeAsked: ("notifications.addresses",),
    Invited: ("notifications.invited",),
    MembershipChanged: ("notifications.member",),
    RecognitionMoved: ("notifications.organisation",),
    RecognitionExpiring: ("notifications.recognition",),
    BookingMoved: ("notifications.booking",),
    BookingReminded: ("notifications.reminder",),
    SeriesAsked: ("notifications.series",),
    SeriesAnswered: ("notifications.series",),
    GroupAsked: ("notifications.group",),
    GroupAnswered: ("notifications.group",),
    GroupBroken: ("notifications.group",),
    MessageWritten: ("notifications.message",),
    RemoteActionRefused: ("notifications.refused",),
    RemoteUnanswered: ("notifications.refused",),
    ListingExpiring: ("notifications.listing",),
    ListingExpired: ("notifications.listing",),
    PromisesInConflict: ("notifications.conflicts",),
    SearchAnswered: ("notifications.finds",),
    WantAnswerable: ("notifications.finds",),
    OffersSought: ("notifications.finds",),
    ListingSubmitted: ("notifications.submitted",),
    PartnerAlarmed: ("notifications.partner",),
    ListingReviewed: ("notifications.review",),
    ReportMade: ("notifications.report",),
    ReportDecided: ("notifications.decision",),
    DecisionObjected: ("notifications.objection",),
}
"""Which facts they hear."""
