"""What those entrusted with the instance did: who, what, about what, when and why. Append-only.

Each entry is sealed together with the one before it, so that one changed or taken away is noticed. The words of the
reason may concern somebody who is forgotten later: they are sealed by a digest that holds without them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Final
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, or_, select, update

from app.kernel.actor import Actor, ActorKind
from app.kernel.columns import text_enum
from app.kernel.database import hold

_HELD: Final = "audit"
_BEGINNING: Final = "0" * 64
_LONGEST_REASON: Final = 4_000


class AuditEntry(SQLModel, table=True):
    """One deed. `party_id` is whom it concerns; without `salt` the reason was wiped, and its digest stays."""

    __tablename__ = "audit_entry"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(index=True)
    actor_kind: ActorKind = Field(sa_type=text_enum(ActorKind))
    actor_id: UUID | None = Field(default=None, index=True)
    action: str = Field(max_length=80)
    about: str = Field(max_length=40)
    about_id: UUID | None = Field(default=None, index=True)
    party_id: UUID | None = Field(default=None, index=True)
    why: str = Field(default="", max_length=_LONGEST_REASON)
    salt: str | None = Field(default=None, max_length=32)
    why_digest: str = Field(max_length=64)
    seal: str = Field(max_length=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody entrusted did in this unit of work; `about` names the kind of thing that `about_id` is."""

    action: str
    about: str
    about_id: UUID | None = None
    party_id: UUID | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which entries; what is None does not matter."""

    action: str | None = None
    actor_id: UUID | None = None
    about_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def write(session: Session, deeds: Sequence[Deed], *, actor: Actor, now: datetime) -> None:
    """Append these at the very end of a transaction: whoever writes here makes others wait until it is over."""
    if not deeds:
        return
    hold(session, _HELD)
    session.flush()
    last = session.exec(select(AuditEntry).order_by(col(AuditEntry.number).desc()).limit(1)).first()
    number, seal = (last.number, last.seal) if last else (0, _BEGINNING)
    for deed in deeds:
        number += 1
        salt, why = token_hex(16), deed.why[:_LONGEST_REASON]
        entry = AuditEntry(
            number=number,
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            action=deed.action,
            about=deed.about,
            about_id=deed.about_id,
            party_id=deed.party_id,
            why=why,
            salt=salt,
            why_digest=_digest(salt + why),
            seal="",
        )
        entry.seal = seal = _seal(entry, seal)
        session.add(entry)


def entries(session: Session, sought: Sought, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
    """What was done, the latest first."""
    query = select(AuditEntry)
    for column, wanted in (
        (AuditEntry.action, sought.action),
        (AuditEntry.actor_id, sought.actor_id),
        (AuditEntry.about_id, sought.about_id),
    ):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if sought.since is not None:
        query = query.where(col(AuditEntry.at) >= sought.since)
    if sought.until is not None:
        query = query.where(col(AuditEntry.at) < sought.until)
    if before is not None:
        query = query.where(col(AuditEntry.number) < before)
    return session.exec(query.order_by(col(AuditEntry.number).desc()).limit(limit)).all()


def broken(session: Session) -> list[int]:
    """The numbers of entries that are not as they were written, or before which some are missing."""
    amiss, number, seal = [], 0, _BEGINNING
    query = select(AuditEntry).order_by(col(AuditEntry.number)).execution_options(yield_per=500)
    for entry in session.exec(query):
        kept = entry.salt is None or _digest(entry.salt + entry.why) == entry.why_digest
        if entry.number != number + 1 or entry.seal != _seal(entry, seal) or not kept:
            amiss.append(entry.number)
        number, seal = entry.number, entry.seal
    return amiss


def forget(session: Session, party_id: UUID) -> None:
    """Wipe the reasons given about somebody; that something was done stays."""
    concerned = or_(col(AuditEntry.party_id) == party_id, col(AuditEntry.about_id) == party_id)
    session.connection().execute(update(AuditEntry).where(concerned).values(why="", salt=None))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _seal(entry: AuditEntry, before: str) -> str:
    ids = (entry.actor_id, entry.about_id, entry.party_id)
    sealed = [
        before, entry.number, entry.at.astimezone(UTC).isoformat(), entry.actor_kind.value, entry.action, entry.about,
        *(str(one) if one else None for one in ids), entry.why_digest,
    ]  # fmt: skip
    return _digest(json.dumps(sealed))
