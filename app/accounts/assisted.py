"""The queries about people without e-mail, for whom an organisation acts."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from app.accounts.tables import Party, Person


def by(session: Session, organisation_ids: Collection[UUID]) -> Sequence[Person]:
    """Whom these organisations assist, in the order of ids."""
    query = select(Person).where(col(Person.assisted_by).in_(organisation_ids))
    return session.exec(query.order_by(col(Person.id))).all()


def page(
    session: Session, *, organisation_ids: Collection[UUID] | None, before: UUID | None, limit: int
) -> Sequence[tuple[Person, Party]]:
    """Whom these organisations assist, or everybody who is assisted, the newest first."""
    query = select(Person, Party).join(Party, col(Party.id) == Person.id)
    query = query.where(col(Person.assisted_by).is_not(None))
    if organisation_ids is not None:
        query = query.where(col(Person.assisted_by).in_(organisation_ids))
    if before is not None:
        query = query.where(col(Person.id) < before)
    return session.exec(query.order_by(col(Person.id).desc()).limit(limit)).all()


def find(session: Session, person_id: UUID) -> tuple[Person, Party] | None:
    """Somebody who is assisted."""
    query = select(Person, Party).join(Party, col(Party.id) == Person.id)
    return session.exec(query.where(Person.id == person_id, col(Person.assisted_by).is_not(None))).first()
