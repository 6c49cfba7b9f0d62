"""Between the loan on the wire and the views of the bookings room."""

import dataclasses

from pydantic import TypeAdapter

from app.bookings.schemas import RemoteContact, RemoteView
from app.federation.protocol.loan import Contact, RequestState

_VIEW = TypeAdapter(RemoteView)


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


def contact_to_wire(contact: RemoteContact) -> Contact:
    return Contact.model_validate(dataclasses.asdict(contact))


def contact_from_wire(contact: Contact) -> RemoteContact:
    return RemoteContact(**contact.model_dump())
