"""Every query about people and organisations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import and_, bindparam, func, update
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, select

from app.accounts.rules import PartySeen, Purpose, RecognitionState, Tried
from app.accounts.tables import (
    Attempts,
    Invitation,
    Membership,
    OneTimeToken,
    Organisation,
    Party,
    Person,
    Recognition,
    SignedIn,
)
from app.kernel.actor import MemberRole
from app.kernel.columns import plain_rows

Side = TypeVar("Side", Person, Organisation)

_ASSISTED: Final = aliased(Person)
_DECIDES: Final = col(Membership.role).in_((MemberRole.OWNER, MemberRole.MANAGER))
_AT_ONCE: Final = 500
"""Ids in one statement."""


def session_with_roles(
    session: Session, digest: str, *, keep: bool
) -> Sequence[tuple[SignedIn, Person, UUID | None, MemberRole | None, UUID | None]]:
    """The session with this digest and its person, once per membership (once without any) and per person assisted.

    Who is assisted is so by those who decide for the organisation: what they borrow is not every member's business.
    With `keep` the person is not erased before this transaction ends (FOR KEY SHARE, which hinders nobody else).
    """
    query = (
        select_columns(
            SignedIn, Person, col(Membership.organisation_id), col(Membership.role), col(_ASSISTED.id)
        )
        .join(Person, col(Person.id) == SignedIn.person_id)
        .outerjoin(Membership, col(Membership.person_id) == Person.id)
        .outerjoin(_ASSISTED, and_(col(_ASSISTED.assisted_by) == Membership.organisation_id, _DECIDES))
        .where(col(SignedIn.digest) == digest, col(Person.erased_at).is_(None))
    )
    if keep:
        query = query.with_for_update(read=True, key_share=True, of=Person)
        query = query.execution_options(populate_existing=True)
    return session.execute(query).all()


def person_by_email(session: Session, email: str, *, lock: bool = False) -> Person | None:
    """The person with this folded address."""
    query = select(Person).where(Person.email == email)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(query).one_or_none()


_SEEN: Final = (
    col(Party.id),
    col(Party.kind),
    col(Party.name),
    col(Recognition.state),
    col(Recognition.valid_until),
)
_PARTIES: Final = (
    select_columns(*_SEEN)
    .outerjoin_from(Party, Recognition, col(Recognition.organisation_id) == Party.id)
    .where(col(Party.id).in_(bindparam("ids", expanding=True)))
)


def parties(session: Session, ids: Collection[UUID]) -> list[PartySeen]:
    """These parties."""
    return [PartySeen(*row) for row in plain_rows(session, _PARTIES, {"ids": list(ids)})] if ids else []


def not_erased(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Those of these people who have an account, in the order of their ids."""
    found: list[UUID] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = select(Person.id).where(
            col(Person.id).in_(ids[start : start + _AT_ONCE]), col(Person.erased_at).is_(None)
        )
        found.extend(session.exec(some))
    return sorted(found)


def lock_party(session: Session, party_id: UUID) -> None:
    """Lock the party (FOR NO KEY UPDATE): rows may refer to it meanwhile, but nobody else locks or renames it."""
    session.exec(select(Party.id).where(col(Party.id) == party_id).with_for_update(key_share=True)).all()


def suspended(session: Session, party_ids: Collection[UUID]) -> list[Person | Organisation]:
    """Those of these parties that are or were suspended."""
    if not party_ids:
        return []
    found: list[Person | Organisation] = []
    of = col(Person.id).in_(party_ids), col(Person.suspended_at).is_not(None)
    found += session.exec(select(Person).where(*of)).all()
    of = col(Organisation.id).in_(party_ids), col(Organisation.suspended_at).is_not(None)
    return [*found, *session.exec(select(Organisation).where(*of)).all()]


def rows(session: Session, table: type[Side], party_ids: Collection[UUID]) -> Sequence[Side]:
    """These people, or these organisations; one alone is not asked for again where it is known already."""
    if len(party_ids) == 1:
        row = session.get(table, next(iter(party_ids)))
        return [row] if row else []
    return session.exec(select(table).where(col(table.id).in_(party_ids))).all() if party_ids else []


def roles_of(session: Session, *person_ids: UUID) -> Sequence[Membership]:
    """Where these people are members."""
    return session.exec(select(Membership).where(col(Membership.person_id).in_(person_ids))).all()


def organisations_of(session: Session, person_id: UUID) -> Sequence[tuple[Membership, str]]:
    """Where this person is a member, with the names of the organisations."""
    return session.exec(
        select(Membership, Party.name)
        .join(Party, col(Party.id) == Membership.organisation_id)
        .where(Membership.person_id == person_id)
        .order_by(col(Membership.organisation_id))
    ).all()


def sessions_of(session: Session, person_id: UUID) -> Sequence[SignedIn]:
    """The sessions of this person."""
    return session.exec(
        select(SignedIn).where(SignedIn.person_id == person_id).order_by(col(SignedIn.id))
    ).all()


def staff(session: Session) -> Sequence[tuple[Person, Party]]:
    """Who is entrusted with the instance."""
    return session.exec(
        select(Person, Party)
        .join(Party, col(Party.id) == Person.id)
        .where(col(Person.staff).is_not(None))
        .order_by(col(Person.id))
    ).all()


def speakers(session: Session, organisation_id: UUID) -> Sequence[tuple[Person, Party]]:
    """Who decides for an organisation: owners and managers that are still there."""
    return session.exec(
        select(Person, Party)
        .join(Party, col(Party.id) == Person.id)
        .join(Membership, col(Membership.person_id) == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            _DECIDES,
        )
        .order_by(col(Person.id))
    ).all()


def members(
    session: Session, organisation_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[tuple[Membership, str]]:
    """Some members with their names, in the order of their ids."""
    query = (
        select(Membership, Party.name)
        .join(Party, col(Party.id) == Membership.person_id)
        .where(Membership.organisation_id == organisation_id)
    )
    if after is not None:
        query = query.where(col(Membership.person_id) > after)
    return session.exec(query.order_by(col(Membership.person_id)).limit(limit)).all()


def count_owners(session: Session, organisation_id: UUID, *, besides: UUID) -> int:
    """How many owners there are beside this person."""
    return session.exec(
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role == MemberRole.OWNER,
            Membership.person_id != besides,
        )
    ).one()


def count_members(session: Session, organisation_id: UUID, *, besides: UUID) -> int:
    """How many members there are beside this person."""
    return session.exec(
        select(func.count())
        .select_from(Membership)
        .where(Membership.organisation_id == organisation_id, Membership.person_id != besides)
    ).one()


def locked_organisation(session: Session, organisation_id: UUID) -> Organisation | None:
    """The organisation, locked, so that its members and owners can be counted on."""
    return session.exec(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def organisations(
    session: Session,
    *,
    now: datetime,
    member_id: UUID | None,
    recognition: RecognitionState | None,
    after: UUID | None,
    limit: int,
) -> Sequence[tuple[Organisation, Party, Recognition | None]]:
    """Some organisations that still exist, in the order of their ids."""
    query = (
        select(Organisation, Party, Recognition)
        .join(Party, col(Party.id) == Organisation.id)
        .outerjoin(Recognition, col(Recognition.organisation_id) == Organisation.id)
        .where(col(Organisation.dissolved_at).is_(None))
    )
    if member_id is not None:
        own = select(Membership.organisation_id).where(Membership.person_id == member_id)
        query = query.where(col(Organisation.id).in_(own))
    if recognition is RecognitionState.NONE:
        query = query.where(col(Recognition.state).is_(None))
    elif recognition is not None:
        query = query.where(Recognition.state == recognition)
    if recognition is RecognitionState.APPROVED:
        query = query.where(col(Recognition.valid_until) > now)
    if after is not None:
        query = query.where(col(Organisation.id) > after)
    return session.exec(query.order_by(col(Organisation.id)).limit(limit)).all()


def run_out_recognitions(session: Session, now: datetime) -> Sequence[Recognition]:
    """Approvals whose time is over, locked."""
    return session.exec(
        select(Recognition)
        .where(Recognition.state == RecognitionState.APPROVED, col(Recognition.valid_until) <= now)
        .order_by(col(Recognition.organisation_id))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def recognitions_ending(session: Session, now: datetime, before: datetime) -> Sequence[Recognition]:
    """Approvals that end soon, of which nobody has been told yet, locked."""
    return session.exec(
        select(Recognition)
        .where(
            Recognition.state == RecognitionState.APPROVED,
            col(Recognition.valid_until) > now,
            col(Recognition.valid_until) <= before,
            col(Recognition.reminded_at).is_(None),
        )
        .order_by(col(Recognition.organisation_id))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def organisations_named(session: Session, name: str) -> Sequence[UUID]:
    """The organisations of exactly this name that are still there."""
    return session.exec(
        select(Organisation.id)
        .join(Party, col(Party.id) == Organisation.id)
        .where(Party.name == name, col(Organisation.dissolved_at).is_(None))
    ).all()


def has_people(session: Session) -> bool:
    """Whether there is anybody, confirmed or not, erased or not."""
    return session.exec(select(Person.id).limit(1)).first() is not None


def external_refs(session: Session, refs: Collection[str]) -> Sequence[str]:
    """Which of these names in files are those of organisations we have."""
    found = session.exec(select(Organisation.external_ref).where(col(Organisation.external_ref).in_(refs)))
    return [ref for ref in found if ref is not None]


def take_token(
    session: Session, digest: str, purposes: Collection[Purpose], now: datetime
) -> tuple[Purpose, UUID | None, str | None] | None:
    """Use up a token: it is deleted, so that of two rivals one gets nothing. Purpose, person, subject."""
    found = session.execute(
        delete(OneTimeToken)
        .where(
            col(OneTimeToken.digest) == digest,
            col(OneTimeToken.purpose).in_(purposes),
            col(OneTimeToken.ends_at) > now,
        )
        .returning(col(OneTimeToken.purpose), col(OneTimeToken.person_id), col(OneTimeToken.subject))
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


def forget_invitations(session: Session, email: str) -> None:
    """Drop what was asked of whoever reads mail at this address."""
    session.execute(delete(Invitation).where(col(Invitation.email) == email))


def void_tokens(session: Session, person_id: UUID, purposes: Collection[Purpose]) -> None:
    """Make tokens sent earlier worthless."""
    session.execute(
        delete(OneTimeToken).where(
            col(OneTimeToken.person_id) == person_id, col(OneTimeToken.purpose).in_(purposes)
        )
    )


def end_sessions(session: Session, person_id: UUID, *, but: UUID | None = None) -> None:
    """Sign a person out, everywhere or everywhere else."""
    query = delete(SignedIn).where(col(SignedIn.person_id) == person_id)
    session.execute(query if but is None else query.where(col(SignedIn.id) != but))


def tried(session: Session, key: str) -> Tried | None:
    """What was tried under this key."""
    row = session.get(Attempts, key)
    return None if row is None else as_tried(row)


def as_tried(row: Attempts) -> Tried:
    """A counter as the value that rules look at."""
    return Tried(count=row.count, since=row.since, last_at=row.last_at)


def lock_attempts(session: Session, key: str, now: datetime) -> Attempts:
    """The counter of this key, made if there was none, and locked: rivals count one after the other."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(Attempts).values(key=key, count=0, since=now, last_at=now).on_conflict_do_nothing()
    )
    query = select(Attempts).where(Attempts.key == key).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one()


def forget_tries(session: Session, key: str) -> None:
    """Begin anew under this key."""
    session.execute(delete(Attempts).where(col(Attempts.key) == key))


def give_back_tries(session: Session, keys: Collection[str]) -> None:
    """Take back one try under each of these keys."""
    session.execute(
        update(Attempts)
        .where(col(Attempts.key).in_(keys), col(Attempts.count) > 0)
        .values(count=col(Attempts.count) - 1)
        .execution_options(synchronize_session=False)
    )


def forget_old(
    session: Session,
    *,
    now: datetime,
    attempts_before: datetime,
    used_before: datetime,
    unconfirmed_before: datetime,
) -> None:
    """Drop what has ended, counters nobody asks for any more, and people who never confirmed their address."""
    unconfirmed = session.exec(
        select(Person.id)
        .join(Party, col(Party.id) == Person.id)
        .where(
            col(Person.email_confirmed_at).is_(None),
            col(Person.erased_at).is_(None),
            col(Person.assisted_by).is_(None),
            Party.created_at <= unconfirmed_before,
        )
    ).all()
    for statement in (
        delete(SignedIn).where((col(SignedIn.ends_at) <= now) | (col(SignedIn.used_at) <= used_before)),
        delete(OneTimeToken).where(
            (col(OneTimeToken.ends_at) <= now) | col(OneTimeToken.person_id).in_(unconfirmed)
        ),
        delete(Attempts).where(col(Attempts.last_at) <= attempts_before),
        delete(Person).where(col(Person.id).in_(unconfirmed)),
        delete(Party).where(col(Party.id).in_(unconfirmed)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def invitation(session: Session, organisation_id: UUID, email: str) -> Invitation | None:
    """The invitation of this address to this organisation."""
    return session.exec(
        select(Invitation).where(Invitation.organisation_id == organisation_id, Invitation.email == email)
    ).one_or_none()
