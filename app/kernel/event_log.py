"""The append-only log of what happened, written in the transaction in which it happened."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlmodel import Field, Session

from app.kernel.actor import Actor, ActorKind
from app.kernel.columns import JsonColumn, Row, text_enum
from app.kernel.events import UNLOGGED, Event
from app.kernel.ids import new_id


class LoggedEvent(Row, table=True):
    """One fact: what, when, who acted."""

    __tablename__ = "event_log"

    name: str = Field(max_length=80, index=True)
    payload: dict[str, Any] = Field(sa_type=JsonColumn)
    recorded_at: datetime = Field(index=True)
    actor_kind: ActorKind = Field(sa_type=text_enum(ActorKind))
    actor_id: UUID | None = None


_adapters: dict[type[Event], TypeAdapter[Event]] = {}


def _adapter(kind: type[Event]) -> TypeAdapter[Event]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def _unlogged(happened: Event) -> set[str]:
    return {one.name for one in fields(happened) if UNLOGGED in one.metadata}


def write(session: Session, happened: Event, *, actor: Actor, now: datetime) -> UUID:
    """Append the fact; returns its id, by which listeners recognise it when they hear it twice."""
    row = LoggedEvent(
        id=new_id(),
        name=happened.name,
        payload=_adapter(type(happened)).dump_python(happened, mode="json", exclude=_unlogged(happened)),
        recorded_at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    session.add(row)
    return row.id


def read(session: Session, event_id: UUID, kinds: Mapping[str, type[Event]]) -> Event | None:
    """The fact with this id as one of `kinds`, or None where the log or this version no longer knows it."""
    row = session.get(LoggedEvent, event_id)
    kind = kinds.get(row.name) if row else None
    return _adapter(kind).validate_python(row.payload) if row and kind else None
