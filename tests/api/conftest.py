"""A few endpoints that exercise the manners of the API without any domain."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from pydantic import Field
from sqlmodel import func, select

from app.api.endpoints import NOT_REPLAYABLE, PublicReading, PublicWork, Router, Work, cacheable, located
from app.api.schemas import Command, Instant, ListQuery, Page, ReadModel
from app.api.versions import IfMatch
from app.kernel import versions
from app.kernel.event_log import LoggedEvent
from app.kernel.events import Event
from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.main import create_app
from app.wiring import Instance

probes = Router(prefix="/probes", tags=["probes"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """Something was noted; the effect these tests count."""

    name: ClassVar[str] = "probe.noted"
    text: str


class Note(Command):
    text: Annotated[str, Field(max_length=10_000)]
    at: Instant | None = None
    count: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class NoteRead(ReadModel):
    id: str
    text: str
    version: int


@probes.post("", status_code=201)
@located("/probes/{id}")
def note(body: Note, work: PublicWork) -> NoteRead:
    """Note something."""
    work.record(Noted(text=body.text))
    if body.text == "refuse":
        raise NotFound
    if body.text == "stumble":
        raise RuntimeError("a secret detail")
    return NoteRead(id=str(new_id()), text=body.text, version=1)


@probes.post("/fleeting", openapi_extra=NOT_REPLAYABLE)
def fleet(body: Note, work: PublicWork) -> NoteRead:
    """Note something whose answer is never stored."""
    work.record(Noted(text=body.text))
    return NoteRead(id=str(new_id()), text=body.text, version=1)


@probes.post("/own")
def own(work: Work) -> NoteRead:
    """Note something, signed in."""
    return NoteRead(id=str(work.actor.id), text="", version=1)


@probes.get("", openapi_extra=cacheable(60))
def notes(query: Annotated[ListQuery, Query()], reading: PublicReading) -> Page[NoteRead]:
    """List notes."""
    found = reading.session.exec(select(func.count()).select_from(LoggedEvent)).one()
    return Page(
        items=[NoteRead(id="1", text=str(found), version=3)], next="abc" if query.after is None else None
    )


@probes.get("/{name}")
def one(name: str, reading: PublicReading) -> NoteRead:
    """Read one note."""
    return NoteRead(id=name, text="", version=3)


@probes.patch("/{name}")
def edit(name: str, body: Note, seen: IfMatch, work: PublicWork) -> NoteRead:
    """Change one note."""
    versions.require(seen, 3)
    return NoteRead(id=name, text=body.text, version=4)


@probes.delete("/{name}", status_code=204)
def remove(name: str, work: PublicWork) -> None:
    """Remove one note."""


@pytest.fixture
def app(instance: Instance) -> FastAPI:
    made = create_app(instance=instance)
    made.include_router(probes)
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as caller:
        yield caller


@pytest.fixture
def noted(instance: Instance):
    """Count the notes that were really committed."""

    def count() -> int:
        with instance.database.reading() as session:
            return session.exec(
                select(func.count()).select_from(LoggedEvent).where(LoggedEvent.name == "probe.noted")
            ).one()

    return count
