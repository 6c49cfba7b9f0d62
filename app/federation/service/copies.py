"""Where our listings have gone, and where they are gone again: for whoever offers them, and for the staff."""

from typing import Final
from uuid import UUID

from app.federation import published, receipts, repository
from app.federation.protocol.v1 import EntryState
from app.federation.schemas import CopiesRead, CopyRead, ErasureRead, ErasuresRead, RecipientRead
from app.federation.service import partners
from app.federation.service.rendering import LISTINGS
from app.federation.tables import FeedEntry, FeedReceipt, Partner
from app.kernel.problems import NotFound, SignInNeeded
from app.kernel.unit_of_work import Reading
from app.listings import service as listings

SHOWN: Final = 200


def ledger(reading: Reading, partner_id: UUID) -> ErasuresRead:
    """What a partner had to forget, and when it signed that it has; for staff. Raises NotFound."""
    partners.require_staff(reading.actor)
    if reading.session.get(Partner, partner_id) is None:
        raise NotFound
    rows = receipts.ledger(reading.session, partner_id, limit=SHOWN)
    return ErasuresRead(
        items=[
            ErasureRead(
                listing_id=row.item_id,
                erased_at=row.erased_at,
                confirmed_at=row.confirmed_at,
                alarms=row.alarms,
            )
            for row in rows
        ],
        unconfirmed=receipts.unconfirmed(reading.session, partner_id),
    )


def copies(reading: Reading) -> CopiesRead:
    """Where the listings of the signed-in person have gone, and where they are gone again (GDPR, Art. 15 and 30)."""
    person_id = reading.actor.id
    if person_id is None:
        raise SignInNeeded
    return _of(reading, person_id)


def export(reading: Reading, person_id: UUID) -> CopiesRead:
    """The same for a person's export."""
    return _of(reading, person_id)


def _of(reading: Reading, person_id: UUID) -> CopiesRead:
    ids = [str(one) for one in listings.ids_of(reading, person_id)]
    positions = receipts.all_positions(reading.session)
    known = [one for one in repository.partners(reading.session) if one.id in positions]
    entries = published.entries(reading.session, LISTINGS, ids)
    return CopiesRead(
        items=[
            CopyRead(
                listing_id=UUID(entry.item_id),
                shared=entry.state is EntryState.ACTIVE,
                changed_at=entry.at,
                recipients=[_recipient(partner, positions[partner.id], entry) for partner in known],
            )
            for entry in sorted(entries.values(), key=lambda one: one.item_id)
        ]
    )


def _recipient(partner: Partner, position: FeedReceipt, entry: FeedEntry) -> RecipientRead:
    return RecipientRead(
        name=partner.name,
        url=partners.page_of(partner),
        up_to_date=position.seq >= entry.seq,
        read_at=position.at,
    )
