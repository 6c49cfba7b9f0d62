"""Organisations and their members: founding, editing, joining, changing roles, leaving."""

from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from pydantic import MISSING

from app.accounts import policy, repository, rules
from app.accounts.events import Invited, MembershipChanged, PartyRenamed
from app.accounts.problems import AlreadyMember, LastOwner, TokenSpent
from app.accounts.rules import PartyKind, Purpose
from app.accounts.schemas.organisations import (
    MemberAdding,
    MemberRead,
    MembersQuery,
    OrganisationEdit,
    OrganisationFounding,
    OrganisationRead,
    OrganisationsQuery,
)
from app.accounts.schemas.people import MembershipRead
from app.accounts.service import throttle, tokens
from app.accounts.service.standing import acting_person
from app.accounts.tables import Invitation, Membership, Organisation, Party, Person, Recognition
from app.kernel import versions
from app.kernel.actor import MemberRole, StaffRole
from app.kernel.ids import new_id
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork


def found_organisation(
    work: UnitOfWork,
    *,
    name: str,
    description: str = "",
    email: str | None = None,
    phone: str | None = None,
    owner_id: UUID | None = None,
    external_ref: str | None = None,
) -> UUID:
    """Enter an organisation, owned by `owner_id` or else by who acts; a clock or an import may leave it without."""
    organisation_id = new_id()
    work.session.add(Party(id=organisation_id, kind=PartyKind.ORGANISATION, name=name, created_at=work.now))
    work.session.flush()  # the organisation's foreign key needs the party
    work.session.add(
        Organisation(
            id=organisation_id,
            description=description,
            email=email,
            phone=phone or None,
            external_ref=external_ref,
        )
    )
    work.session.flush()  # and the membership's the organisation
    owner = owner_id or work.actor.id
    if owner is not None:
        _set_role(work, organisation_id, owner, None, MemberRole.OWNER)
    return organisation_id


def create_organisation(work: UnitOfWork, founding: OrganisationFounding) -> OrganisationRead:
    """Found an organisation, owned by who acts."""
    organisation_id = found_organisation(work, **founding.model_dump())
    roles = {**work.actor.memberships, organisation_id: MemberRole.OWNER}
    work.actor = replace(work.actor, memberships=MappingProxyType(roles))  # as of now
    return organisation(work, organisation_id)


def organisation(reading: Reading, organisation_id: UUID) -> OrganisationRead:
    """One organisation; its contact data only for members and staff. Raises NotFound."""
    found = reading.session.get(Organisation, organisation_id)
    if found is None or found.dissolved_at is not None:
        raise NotFound
    party = reading.session.get_one(Party, organisation_id)
    recognition = reading.session.get(Recognition, organisation_id)
    return _view(reading, found, party, recognition)


def organisations(reading: Reading, query: OrganisationsQuery) -> Page[OrganisationRead]:
    """Organisations, one's own or all; staff may look for those in a state of recognition."""
    if query.recognition is not None and not reading.actor.is_staff:
        raise NotAllowed
    filters = fingerprint((query.mine, query.recognition))
    rows = repository.organisations(
        reading.session,
        now=reading.now,
        member_id=acting_person(reading) if query.mine else None,
        recognition=query.recognition,
        after=id_after(query.after, filters),
        limit=query.limit + 1,
    )
    shown = [_view(reading, *row) for row in rows[: query.limit]]
    return Page(shown, following(shown[-1].id, filters) if len(rows) > query.limit else None)


def edit_organisation(
    work: UnitOfWork, organisation_id: UUID, change: OrganisationEdit, *, seen: int | None
) -> OrganisationRead:
    """Change what was given; raises VersionStale, NotAllowed."""
    found = _locked(work, organisation_id)
    if not policy.may_edit(work.actor, organisation_id):
        raise NotAllowed
    versions.require(seen, found.version)
    party = work.session.get_one(Party, organisation_id)
    if change.name is not MISSING and change.name != party.name:
        party.name = change.name
        work.record(PartyRenamed(party_id=organisation_id))
    for field in ("description", "email", "phone"):
        if field in change.model_fields_set:
            setattr(found, field, getattr(change, field))
    found.version += 1
    _account_for_help(work, organisation_id, "edit")
    return organisation(work, organisation_id)


def members(reading: Reading, organisation_id: UUID, query: MembersQuery) -> Page[MemberRead]:
    """Who belongs to it; for members and staff."""
    organisation(reading, organisation_id)
    if not policy.may_look_inside(reading.actor, organisation_id):
        raise NotAllowed
    filters = fingerprint(organisation_id)
    after = id_after(query.after, filters)
    rows = repository.members(reading.session, organisation_id, after=after, limit=query.limit + 1)
    shown = [_member(row, name) for row, name in rows[: query.limit]]
    more = len(rows) > query.limit
    return Page(shown, following(rows[query.limit - 1][0].person_id, filters) if more else None)


def add_member(work: UnitOfWork, organisation_id: UUID, wanted: MemberAdding) -> MemberRead:
    """Invite a person, or whoever reads mail at an address; raises AlreadyMember, NotAllowed.

    Nobody speaks for an organisation, or is reached through it, who has not agreed to; only an admin may help
    out and let somebody in at once. Whether an address has an account is not said.
    """
    _locked(work, organisation_id)
    person_id = None if wanted.person_id is MISSING else wanted.person_id
    if not policy.may_change_role(
        work.actor, organisation_id, person_id=person_id, before=None, after=wanted.role
    ):
        raise NotAllowed
    if wanted.email is not MISSING:
        return _invite(work, organisation_id, wanted.email, wanted.role)
    person = work.session.get(Person, person_id)
    if person is None or person.email is None or person.email_confirmed_at is None:
        raise Invalid(FieldError("/person_id", message("There is no such person.")))
    name = work.session.get_one(Party, person.id).name
    if work.actor.staff is StaffRole.ADMIN:
        admit(work, organisation_id, person.id, wanted.role)
        _account_for_help(work, organisation_id, "add_member")
        return MemberRead(person_id=person.id, name=name, role=wanted.role, status="member", since=work.now)
    if work.session.get(Membership, (organisation_id, person.id)) is not None:
        raise AlreadyMember
    invited = _invite(work, organisation_id, person.email, wanted.role)
    return invited.model_copy(update={"person_id": person.id, "name": name})


def join(work: UnitOfWork, token: str) -> MembershipRead:
    """Accept an invitation by the token of its mail; raises TokenSpent, AlreadyMember."""
    _, _, subject = tokens.take(work, token, Purpose.INVITATION)
    invitation = work.session.get(Invitation, UUID(subject)) if subject else None
    if invitation is None:
        raise TokenSpent
    _locked(work, invitation.organisation_id)
    work.session.delete(invitation)
    admit(work, invitation.organisation_id, acting_person(work), invitation.role)
    name = work.session.get_one(Party, invitation.organisation_id).name
    return MembershipRead(organisation_id=invitation.organisation_id, name=name, role=invitation.role)


def change_role(work: UnitOfWork, organisation_id: UUID, person_id: UUID, role: MemberRole) -> MemberRead:
    """Give a member another role; raises NotAllowed, LastOwner."""
    return _member(_move(work, organisation_id, person_id, role), work.session.get_one(Party, person_id).name)


def remove_member(work: UnitOfWork, organisation_id: UUID, person_id: UUID) -> None:
    """Let a member go, perhaps oneself; raises NotAllowed, LastOwner."""
    _move(work, organisation_id, person_id, None)


def _move(work: UnitOfWork, organisation_id: UUID, person_id: UUID, role: MemberRole | None) -> Membership:
    """Under the organisation's lock, so that of its last two owners only one can leave."""
    _locked(work, organisation_id)
    found = work.session.get(Membership, (organisation_id, person_id))
    if not policy.may_look_inside(work.actor, organisation_id):
        raise NotAllowed
    if found is None:
        raise NotFound
    if not policy.may_change_role(
        work.actor, organisation_id, person_id=person_id, before=found.role, after=role
    ):
        raise NotAllowed
    gives_up = found.role is MemberRole.OWNER and role is not MemberRole.OWNER
    if gives_up and not repository.count_owners(work.session, organisation_id, besides=person_id):
        raise LastOwner
    _set_role(work, organisation_id, person_id, found, role)
    if person_id != work.actor.id:
        _account_for_help(work, organisation_id, "change_role" if role else "remove_member")
    return found


def _invite(work: UnitOfWork, organisation_id: UUID, email: str, role: MemberRole) -> MemberRead:
    throttle.ask_for_mail(work, email=email, client=str(acting_person(work)))
    found = repository.invitation(work.session, organisation_id, email)
    if found is None:
        found = Invitation(
            id=new_id(),
            organisation_id=organisation_id,
            email=email,
            role=role,
            invited_by=acting_person(work),
            created_at=work.now,
        )
        work.session.add(found)
    else:
        found.role, found.invited_by, found.created_at = role, acting_person(work), work.now
    work.record(Invited(invitation_id=found.id))
    return MemberRead(person_id=None, name=None, role=role, status="invited", since=work.now)


def admit(work: UnitOfWork, organisation_id: UUID, person_id: UUID, role: MemberRole) -> None:
    """Let a person in who has agreed to it; raises AlreadyMember. Who may say so is the caller's business."""
    if work.session.get(Membership, (organisation_id, person_id)) is not None:
        raise AlreadyMember
    _set_role(work, organisation_id, person_id, None, role)


def _set_role(
    work: UnitOfWork,
    organisation_id: UUID,
    person_id: UUID,
    found: Membership | None,
    role: MemberRole | None,
) -> None:
    before = found.role if found else None
    if role is None and found is not None:
        work.session.delete(found)
    elif found is not None and role is not None:
        found.role = role
    elif role is not None:
        work.session.add(
            Membership(organisation_id=organisation_id, person_id=person_id, role=role, joined_at=work.now)
        )
    work.record(
        MembershipChanged(
            organisation_id=organisation_id, person_id=person_id, before=before, after=role, by=work.actor.id
        )
    )


def _account_for_help(work: UnitOfWork, organisation_id: UUID, doing: str) -> None:
    """An admin who helps out does so as one."""
    if work.actor.is_staff and not work.actor.speaks_for(organisation_id):
        work.account_for(
            f"organisation.{doing}", about="organisation", about_id=organisation_id, party_id=organisation_id
        )


def _locked(work: UnitOfWork, organisation_id: UUID) -> Organisation:
    found = repository.locked_organisation(work.session, organisation_id)
    if found is None or found.dissolved_at is not None:
        raise NotFound
    return found


def _view(
    reading: Reading, found: Organisation, party: Party, recognition: Recognition | None
) -> OrganisationRead:
    inside = policy.may_look_inside(reading.actor, found.id)
    return OrganisationRead(
        id=found.id,
        name=party.name,
        description=found.description,
        recognised=recognition is not None
        and rules.is_recognised(recognition.state, valid_until=recognition.valid_until, now=reading.now),
        my_role=reading.actor.memberships.get(found.id),
        email=found.email if inside else None,
        phone=found.phone if inside else None,
        version=found.version,
        created_at=party.created_at,
    )


def _member(row: Membership, name: str) -> MemberRead:
    return MemberRead(person_id=row.person_id, name=name, role=row.role, status="member", since=row.joined_at)


def following(last: UUID, filters: str) -> str:
    return encode_cursor([str(last)], filters=filters)


def id_after(cursor: str | None, filters: str) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, filters=filters, length=1)[0])
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor from error
