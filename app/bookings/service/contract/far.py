"""Contracts between two instances: the provider's instance writes them, the borrower's keeps the same data.

What comes is believed as far as its digest goes, and kept only in the one shape that a paper can be made of.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.bookings import repository
from app.bookings.rules.states import contact_is_open
from app.bookings.rules.words import Side
from app.bookings.schemas import RemotePaper
from app.bookings.service.contract.content import digest, is_nameless, without
from app.bookings.service.contract.keeping import holder_of
from app.bookings.service.values import facts_of
from app.bookings.tables import Booking, BookingContract
from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork


class PaperRefused(Exception):
    """What a partner sent is no contract, or not the one it said it was."""


def papers_for(reading: Reading, booking_id: UUID) -> Sequence[RemotePaper]:
    """Every version of the contract, for the partner whose resident stands in it; the oldest first."""
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    if booking.side is not Side.SUPPLIER:
        raise NotFound
    return [
        RemotePaper(
            version=row.version,
            digest=row.digest,
            data=row.data,
            created_at=row.created_at,
            anonymised_at=row.anonymised_at,
        )
        for row in repository.contracts_of(reading.session, [holder_of(reading, booking)])
    ]


def keep_papers(work: UnitOfWork, booking_id: UUID, papers: Sequence[RemotePaper]) -> None:
    """Hold what the provider's instance holds, no version more. Raises PaperRefused, and then nothing has changed.

    What has been made nameless here stays so, whatever the partner still has.
    """
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    if booking.side is not Side.REQUESTER:
        raise NotFound
    for paper in papers:
        _require_whole(paper)
    held = {row.version: row for row in repository.contracts_of(work.session, [booking.id])}
    for paper in papers:
        row = held.pop(paper.version, None)
        if row is None or row.digest != paper.digest:
            _keep(work, booking, row, paper)
    for row in held.values():
        work.session.delete(row)


def _keep(work: UnitOfWork, booking: Booking, row: BookingContract | None, paper: RemotePaper) -> None:
    data, gone_at = paper.data, paper.anonymised_at
    left = booking.borrower_id is None
    if left or not contact_is_open(booking.state, facts_of(booking), work.now):
        data, gone_at = without(data, provider=True, borrower=left), gone_at or work.now
    told: dict[str, Any] = {
        "data": data,
        "digest": paper.digest,
        "created_at": paper.created_at,
        "anonymised_at": gone_at,
    }
    row = row or BookingContract(id=new_id(), booking_id=booking.id, version=paper.version, **told)
    for name, value in (told | {"nameless": is_nameless(data)}).items():
        setattr(row, name, value)
    work.session.add(row)


def _require_whole(paper: RemotePaper) -> None:
    try:
        _Paper.model_validate(paper.data)
    except ValidationError as error:
        raise PaperRefused(str(error.errors(include_input=False, include_url=False))[:500]) from None
    if paper.anonymised_at is None and digest(paper.data) != paper.digest:
        raise PaperRefused("the digest is of something else")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("no time zone") from None
    return name


_Line = Annotated[str, Field(max_length=1_000)]
_Text = Annotated[str, Field(max_length=50_000)]
_Count = Annotated[int, Field(strict=True, ge=0, le=10**12)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Money(_Shape):
    amount_minor: _Count
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Price(_Shape):
    pricing: _Line
    tariff: _Line | None
    billing_unit: _Line | None
    unit_price: _Money | None
    count: _Count | None
    net: _Money | None
    vat: _Money | None
    vat_permille: Annotated[int, Field(ge=0, le=1_000)] | None
    total: _Money | None
    deposit: _Money | None


class _Record(_Shape):
    kind: Literal["hand_over", "return"]
    role: Literal["borrower", "provider", "moderator", "clock"]
    units: _Count
    condition: _Text | None
    deposit: _Money | None
    kept_minor: _Count
    kept_reason: _Line | None
    photos: _Count
    recorded_at: AwareDatetime
    acknowledged_at: AwareDatetime | None


class _Place(_Shape):
    street: _Line | None
    postal_code: _Line | None
    locality: _Line | None
    note: _Line | None


class _Item(_Shape):
    booking_id: UUID
    kind: _Line
    title: _Line
    place: _Place
    zone: Annotated[_Line, AfterValidator(_zone)]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    units: _Count
    price: _Price
    terms: _Text
    contract_text: _Text
    condition: _Text | None
    cancel_until: AwareDatetime
    records: Annotated[list[_Record], Field(max_length=200)]


class _Side(_Shape):
    kind: _Line
    name: _Line
    email: _Line | None
    phone: _Line | None
    address: _Text | None
    represented_by: _Line | None


class _Paper(_Shape):
    """What a contract's data is made of (`content`), so that what comes from elsewhere can be put on paper."""

    format: Literal[1]
    contract_id: UUID
    provider: _Side
    borrower: _Side
    items: Annotated[list[_Item], Field(min_length=1, max_length=1)]
