"""Contracts as their parties see them: the list of versions, and one version on paper."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from app.bookings import policy, repository
from app.bookings.problems import NoContractYet
from app.bookings.rules.words import Role
from app.bookings.schemas import ContractExport, ContractRead, ContractsRead
from app.bookings.service.contract import wording
from app.bookings.service.contract.content import moment
from app.bookings.service.contract.keeping import holder_of
from app.bookings.service.contract.rendering import pdf
from app.bookings.service.values import parties_of
from app.bookings.tables import Booking, BookingContract
from app.kernel.documents import Document, file_word
from app.kernel.languages import base, translate
from app.kernel.problems import NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading
from app.settings import Settings

_PARTIES: Final = frozenset({Role.BORROWER, Role.PROVIDER})


class Desk(Protocol):
    """Opens looks at things, so that a paper is made in between."""

    @property
    def settings(self) -> Settings: ...

    def reading(self) -> AbstractContextManager[Reading]: ...


def versions(reading: Reading, booking_id: UUID) -> ContractsRead:
    """Every version of the contract, the newest first, for the two parties."""
    return ContractsRead(
        items=[
            ContractRead(
                version=row.version,
                form=wording.form_of(row.data),
                digest=row.digest,
                anonymised=row.anonymised_at is not None,
                href=f"/api/v1/bookings/{booking_id}/contract.pdf?version={row.version}",
                created_at=row.created_at,
            )
            for row in reversed(_contracts(reading, booking_id))
        ]
    )


def export(reading: Reading, bookings: Sequence[Booking]) -> list[ContractExport]:
    """Every version of the contracts over these bookings, with all it says, for a party to take along."""
    holders = {holder_of(reading, booking) for booking in bookings}
    return [
        ContractExport(
            booking_id=row.booking_id,
            version=row.version,
            digest=row.digest,
            content=row.data,
            created_at=row.created_at,
        )
        for row in repository.contracts_of(reading.session, holders)
    ]


def paper(desk: Desk, booking_id: UUID, *, version: int | None, language: str) -> Document:
    """One version as PDF, the newest unless another is asked for. It is made after the look is over."""
    with desk.reading() as reading:
        found = _contracts(reading, booking_id)
        row = next((one for one in reversed(found) if version in (None, one.version)), None)
    if row is None:
        raise NotFound
    settings = desk.settings
    said = wording.paper(
        row.data,
        version=row.version,
        digest=row.digest,
        made_at=row.created_at,
        language=base(language),
        issuer=f"{settings.name} {settings.region}",
    )
    name = _file_name(row.data, base(language))
    return Document(pdf(said, made_at=row.created_at), media_type="application/pdf", file_name=name)


def _contracts(reading: Reading, booking_id: UUID) -> list[BookingContract]:
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    if not policy.roles_of(reading.actor, parties_of(booking)) & _PARTIES:
        raise NotAllowed(message("The contract is for its two parties."))
    found = list(repository.contracts_of(reading.session, [holder_of(reading, booking)]))
    if not found:
        raise NoContractYet
    return found


def _file_name(data: dict[str, Any], language: str) -> str:
    """What it is, of what and for when: `Leihvertrag-Apfelpresse-2026-11-30.pdf`."""
    title = translate(wording.TITLES[wording.form_of(data)], language)
    first = data["items"][0]
    day = moment(first["starts_at"]).astimezone(ZoneInfo(first["zone"])).date()
    thing = file_word(" ".join(item["title"] for item in data["items"]))
    return "-".join(part for part in (file_word(title), thing, day.isoformat()) if part) + ".pdf"
