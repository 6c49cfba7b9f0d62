"""Groups as people read them: the borrower all of it, a provider their own parts."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary
from app.bookings import policy, together
from app.bookings.rules.moves import allowed_actions
from app.bookings.rules.series import answer_of
from app.bookings.rules.words import Action, Role
from app.bookings.schemas import BookedListing, GroupItemRead, GroupLink, GroupRead
from app.bookings.service.reasons import kept as stored
from app.bookings.service.reasons import told
from app.bookings.service.series_views import party_read
from app.bookings.service.values import facts_of, parties_of
from app.bookings.tables import Booking, BookingGroup, GroupItem
from app.kernel.actor import ActorKind
from app.kernel.problems import Reason
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.listings.schemas import ListingSummary


def get(reading: Reading, group_id: UUID, *, language: str) -> GroupRead:
    """One group, for its borrower and everybody who provides a part of it; NotFound otherwise."""
    return read(reading, together.get_group(reading.session, group_id, to=reading.actor), language=language)


def export(reading: Reading, person_id: UUID) -> list[GroupRead]:
    """What this person asked for in groups, for them to take along."""
    return [
        read(reading, group, language=reading.settings.language)
        for group in together.groups_with_person(reading.session, person_id, reading.actor.parties)
    ]


def read(
    reading: Reading,
    group: BookingGroup,
    *,
    kept: Mapping[UUID, Sequence[Reason]] | None = None,
    language: str,
) -> GroupRead:
    """The group with what became of each part by now; `kept` says why a booking did not follow just now."""
    bookings = {one.id: one for one in together.bookings_of_group(reading.session, group.id)}
    parts = [
        (item, bookings.get(item.booking_id) if item.booking_id else None)
        for item in together.items(reading.session, group.id)
    ]
    if reading.actor.kind is not ActorKind.SYSTEM and group.borrower_id not in reading.actor.parties:
        parts = [(item, one) for item, one in parts if one and one.provider_id in reading.actor.parties]
    missing = listings.visible_summaries(
        reading, {item.listing_id for item, booking in parts if booking is None}
    )
    ids = {group.borrower_id, *(booking.provider_id for _, booking in parts if booking)}
    ids |= {listing.provider_id for listing in missing.values()}
    parties = accounts.party_summaries(reading, {party for party in ids if party})
    return GroupRead(
        id=group.id,
        mode=group.mode,
        purpose=group.purpose,
        borrower=party_read(group.borrower_id, parties),
        items=[
            _booked(item, booking, parties, (kept or {}).get(booking.id, ()), language)
            if booking
            else _missed(item, missing.get(item.listing_id), parties, language)
            for item, booking in parts
        ],
        allowed_actions=[
            GroupLink(action=action, href=f"/api/v1/booking-groups/{group.id}/{action}", method="POST")
            for action in _possible(reading, [booking for _, booking in parts if booking])
        ],
        created_at=group.created_at,
    )


def _booked(
    item: GroupItem,
    booking: Booking,
    parties: Mapping[UUID, PartySummary],
    kept: Sequence[Reason],
    language: str,
) -> GroupItemRead:
    title, url = booking.terms["title"], booking.terms["url"]
    return GroupItemRead.model_validate(
        {
            "listing": BookedListing(id=booking.listing_id, title=title, kind=booking.kind, url=url),
            "provider": party_read(booking.provider_id, parties),
            "starts_at": booking.starts_at,
            "ends_at": booking.ends_at,
            "units": booking.units,
            "answer": answer_of(booking.state),
            "state": booking.state,
            "booking_id": item.booking_id,
            "reasons": told(stored(kept), language),
        }
    )


def _missed(
    item: GroupItem, listing: ListingSummary | None, parties: Mapping[UUID, PartySummary], language: str
) -> GroupItemRead:
    return GroupItemRead.model_validate(
        {
            "listing": BookedListing(
                id=item.listing_id,
                title=listing.title if listing else "",
                kind=listing.kind if listing else "",
                url=None,
            ),
            "provider": party_read(listing.provider_id if listing else None, parties),
            "starts_at": item.starts_at,
            "ends_at": item.ends_at,
            "units": item.units,
            "answer": item.answer,
            "state": None,
            "booking_id": None,
            "reasons": told(item.reasons, language),
        }
    )


def _possible(reading: Reading, bookings: Sequence[Booking]) -> Iterator[str]:
    """What whoever reads can do now with all their parts."""
    actions = {
        (role, action)
        for one in bookings
        for role in policy.roles_of(reading.actor, parties_of(one)) & {Role.BORROWER, Role.PROVIDER}
        for action in allowed_actions(one.tail, one.state, {role}, facts=facts_of(one), now=reading.now)
    }
    if (Role.PROVIDER, Action.ACCEPT) in actions:
        yield "accept"
    if (Role.PROVIDER, Action.DECLINE) in actions:
        yield "decline"
    if {(Role.BORROWER, Action.WITHDRAW), (Role.BORROWER, Action.CANCEL)} & actions:
        yield "withdraw"
