"""A person's own page: seeing and changing it, taking everything along, being forgotten."""

from typing import Final
from uuid import UUID

from pydantic import MISSING

from app.accounts import assisted, repository
from app.accounts.events import (
    EmailChangeAsked,
    ErasureAsked,
    MembershipChanged,
    OrganisationDissolved,
    PartyRenamed,
    PersonErased,
)
from app.accounts.problems import CredentialsWrong, LastOwner
from app.accounts.rules import Purpose
from app.accounts.schemas.people import (
    AccountExport,
    EmailChange,
    MeEdit,
    MembershipRead,
    MeRead,
    PasswordChange,
    SessionSummary,
)
from app.accounts.service import passwords, throttle, tokens
from app.accounts.service.desk import Desk
from app.accounts.service.signing_in import set_password
from app.accounts.service.standing import acting_person, is_suspended
from app.accounts.tables import Membership, Organisation, Party, Person, Recognition
from app.kernel.actor import MemberRole
from app.kernel.problems import FieldError, Invalid, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork

ERASED_NAME: Final = "…"
"""What others see of somebody who has gone."""


def me(reading: Reading) -> MeRead:
    """The signed-in person, as only they see it."""
    party, person = _own(reading)
    organisations = repository.organisations_of(reading.session, person.id)
    return MeRead(
        id=person.id,
        email=person.email or "",
        display_name=party.name,
        phone=person.phone,
        born_on=person.born_on,
        language="en" if person.language == "en" else "de",
        staff=person.staff,
        suspended=is_suspended(person, reading.now),
        suspended_until=person.suspended_until if is_suspended(person, reading.now) else None,
        has_password=person.password_hash is not None,
        organisations=[
            MembershipRead(organisation_id=row.organisation_id, name=name, role=row.role)
            for row, name in organisations
        ],
        version=person.version,
        created_at=party.created_at,
    )


def export(reading: Reading) -> AccountExport:
    """What accounts knows about the signed-in person."""
    _, person = _own(reading)
    return AccountExport(
        person=me(reading),
        email_confirmed_at=person.email_confirmed_at,
        sessions=[
            SessionSummary.model_validate(row) for row in repository.sessions_of(reading.session, person.id)
        ],
    )


def edit_me(work: UnitOfWork, change: MeEdit) -> MeRead:
    """Change what was given, and leave the rest."""
    edit_person(work, *_own(work), change)
    return me(work)


def edit_person(work: UnitOfWork, party: Party, person: Person, change: MeEdit) -> None:
    """Change of a person what was given, and leave the rest."""
    if change.display_name is not MISSING and change.display_name != party.name:
        party.name = change.display_name
        work.record(PartyRenamed(party_id=person.id))
    if change.phone is not MISSING:
        person.phone = change.phone or None
    if change.born_on is not MISSING:
        if change.born_on is not None and change.born_on > work.now.date():
            raise Invalid(FieldError("/born_on", message("Nobody is born in the future.")))
        person.born_on = change.born_on
    if change.language is not MISSING:
        person.language = change.language
    person.version += 1


def change_password(desk: Desk, change: PasswordChange) -> None:
    """Set a new password and end every other session; raises CredentialsWrong, TooMany, Invalid."""
    person, name = _checked(desk, change.current_password)
    about = (person.email or "", name, desk.settings.name)
    passwords.refuse_common(change.new_password, pointer="/new_password", about=about)
    password_hash = passwords.hash_password(change.new_password)
    with desk.writing() as work:
        _, row = _own(work)
        if row.password_hash != person.password_hash:  # a rival was faster
            raise CredentialsWrong
        set_password(work, row, password_hash, but=desk.actor.session_id)


def change_email(desk: Desk, change: EmailChange) -> None:
    """Ask the new address to confirm, and tell the old one; raises CredentialsWrong, TooMany.

    Whether the new address has an account is not said: then its mail changes nothing.
    """
    _checked(desk, change.current_password)
    with desk.writing() as work:
        throttle.ask_for_mail(work, email=change.email, client=desk.client)
        _, person = _own(work)
        repository.void_tokens(work.session, person.id, [Purpose.CHANGE_EMAIL])
        change_id = tokens.reserve(work, person.id, Purpose.CHANGE_EMAIL, subject=change.email)
        work.record(EmailChangeAsked(person_id=person.id, change_id=change_id))


def erase(work: UnitOfWork) -> None:
    """Forget the signed-in person: what is left is an id without a name.

    Refused by rooms that hear `ErasureAsked` (something is handed over, a case is open), and with LastOwner while
    others still need them. An organisation of which they were the only member is dissolved.
    """
    forget_person(work, acting_person(work))


def forget_person(work: UnitOfWork, person_id: UUID) -> None:
    """The same for any person; who may say so is the caller's business."""
    # Whatever else they are just doing comes before, and is undone below; or after, and then they are not there.
    person = work.session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
    work.record(ErasureAsked(person_id=person.id))
    repository.lock_party(
        work.session, person.id
    )  # whoever counts their bookings just now comes before or after
    roles = repository.roles_of(work.session, person.id)
    for membership in sorted(roles, key=lambda row: row.organisation_id):
        _leave_for_good(work, membership)
    work.record(PersonErased(person_id=person.id))
    repository.end_sessions(work.session, person.id)
    repository.void_tokens(work.session, person.id, list(Purpose))
    repository.forget_invitations(work.session, person.email or "")
    _anonymise(work, person)


def _anonymise(work: UnitOfWork, person: Person) -> None:
    work.session.get_one(Party, person.id).name = ERASED_NAME
    person.email = person.phone = person.born_on = person.password_hash = person.staff = None
    person.email_confirmed_at = person.assisted_by = None
    person.erased_at = work.now
    person.version += 1


def _leave_for_good(work: UnitOfWork, membership: Membership) -> None:
    organisation_id, person_id = membership.organisation_id, membership.person_id
    organisation = repository.locked_organisation(work.session, organisation_id)
    others = repository.count_members(work.session, organisation_id, besides=person_id)
    owners = repository.count_owners(work.session, organisation_id, besides=person_id)
    if others and not owners and membership.role is MemberRole.OWNER:
        raise LastOwner
    work.session.delete(membership)
    before = membership.role
    work.record(
        MembershipChanged(
            organisation_id=organisation_id, person_id=person_id, before=before, after=None, by=work.actor.id
        )
    )
    if not others and organisation is not None:
        _dissolve(work, organisation)


def _dissolve(work: UnitOfWork, organisation: Organisation) -> None:
    for person in assisted.by(work.session, {organisation.id}):  # nobody is left who could act for them
        forget_person(work, person.id)
    organisation.dissolved_at = work.now
    organisation.email = organisation.phone = None
    organisation.description = ""
    organisation.version += 1
    work.session.get_one(Party, organisation.id).name = ERASED_NAME
    recognition = work.session.get(Recognition, organisation.id)
    if recognition is not None:
        recognition.declaration = recognition.note = ""
    work.record(OrganisationDissolved(organisation_id=organisation.id))


def _own(reading: Reading) -> tuple[Party, Person]:
    person_id = acting_person(reading)
    party = reading.session.get(Party, person_id)
    person = reading.session.get(Person, person_id)
    if party is None or person is None:
        raise NotFound
    return party, person


def _checked(desk: Desk, password: str | None) -> tuple[Person, str]:
    """Who acts, after showing once more that they know the password (ASVS 7.5.1); a token may be stolen.

    People without a password set one by a reset link: then it is their mail that shows who they are.
    """
    with desk.reading() as reading:
        party, person = _own(reading)
    with desk.writing() as work:
        throttle.guess(work, email=person.email or "", client=desk.client)
    if password is None or not passwords.fits(password, person.password_hash):
        raise CredentialsWrong
    with desk.writing() as work:
        throttle.guessed_right(work, email=person.email or "", client=desk.client)
    return person, party.name
