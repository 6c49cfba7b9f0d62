"""The query behind a region's numbers."""

from datetime import datetime

from sqlalchemy import func, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.accounts.rules import RecognitionState
from app.accounts.tables import Organisation, Person, Recognition


def residents(session: Session, now: datetime) -> tuple[int, int, int]:
    """How many people there are, how many organisations, and how many of those are recognised; in one query."""
    people = select(func.count()).select_from(Person)
    people = people.where(col(Person.erased_at).is_(None), col(Person.email_confirmed_at).is_not(None))
    organisations = select(func.count()).select_from(Organisation)
    organisations = organisations.where(col(Organisation.dissolved_at).is_(None))
    recognised = organisations.join(Recognition, col(Recognition.organisation_id) == Organisation.id).where(
        Recognition.state == RecognitionState.APPROVED,
        or_(col(Recognition.valid_until).is_(None), col(Recognition.valid_until) > now),
    )
    parts = (people, organisations, recognised)
    [(first, second, third)] = session.connection().execute(
        select_columns(*(part.scalar_subquery() for part in parts))
    )
    return first, second, third
