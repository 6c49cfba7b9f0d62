"""Between the loan on the wire and the views of the bookings room."""

import dataclasses
import json
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from app.bookings import service as bookings
from app.bookings.schemas import RemoteContact, RemotePaper, RemoteView
from app.federation.protocol import v1
from app.federation.protocol.loan import Contact, Paper, RequestState
from app.kernel.unit_of_work import Reading

_VIEW = TypeAdapter(RemoteView)
_ROOMS: Final = (16_000, 6_000, 0)
"""How much of the story and the conversation goes into an entry, in characters: as much as there is room for."""


def entry_of(reading: Reading, booking_id: UUID) -> RequestState:
    """What the partner reads of a loan in its feed or with an answer: no larger than an entry may be (§2.12)."""
    for room in _ROOMS:
        state = to_wire(bookings.view_for(reading, booking_id, room=room))
        if len(json.dumps(state.to_json(), ensure_ascii=False).encode()) <= v1.ENTRY_BYTES:
            break
    return state


def to_wire(view: RemoteView) -> RequestState:
    """What we tell the partner."""
    told = dataclasses.asdict(view)
    return RequestState.model_validate(
        told | {"rid": view.remote_id, "listing_id": str(view.listing_id), "allowed": tuple(view.allowed)}
    )


def from_wire(state: RequestState) -> RemoteView:
    """What the partner tells us. Raises ValidationError for states, roles or ids this version does not know."""
    told = state.model_dump()
    return _VIEW.validate_python(told | {"remote_id": told.pop("rid")})


def paper_to_wire(paper: RemotePaper) -> Paper:
    return Paper.model_validate(dataclasses.asdict(paper))


def paper_from_wire(paper: Paper) -> RemotePaper:
    return RemotePaper(**paper.model_dump())


def contact_to_wire(contact: RemoteContact) -> Contact:
    return Contact.model_validate(dataclasses.asdict(contact))


def contact_from_wire(contact: Contact) -> RemoteContact:
    return RemoteContact(**contact.model_dump())
