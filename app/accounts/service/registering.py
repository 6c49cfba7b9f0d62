"""How somebody comes to have an account: registering, confirming the address, being entered by an operator."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts import repository
from app.accounts.events import EmailConfirmed, PartyRenamed, Registered, RegisteredAgain, StaffAppointed
from app.accounts.problems import EmailTaken, TokenSpent
from app.accounts.rules import PartyKind, Purpose
from app.accounts.schemas.people import MeRead, Registration
from app.accounts.service import passwords, throttle, tokens
from app.accounts.service.desk import Desk
from app.accounts.service.people import me
from app.accounts.service.standing import acting_person
from app.accounts.tables import Party, Person
from app.kernel.actor import StaffRole
from app.kernel.database import violates
from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import UnitOfWork
from app.settings import Language


def register(desk: Desk, wanted: Registration) -> None:
    """Open an account that counts once its address is confirmed. Never says whether there was one already.

    The owner of an account hears that somebody tried. While an address is unconfirmed the latest registration
    counts, and only its mail: nobody can hold an address that is not theirs.
    """
    passwords.refuse_common(
        wanted.password, pointer="/password", about=(wanted.email, wanted.display_name, desk.settings.name)
    )
    with desk.writing() as work:
        throttle.ask_for_mail(work, email=wanted.email, client=desk.client)
    password_hash = passwords.hash_password(wanted.password)
    with desk.writing() as work:
        known = repository.person_by_email(work.session, wanted.email, lock=True)
        if known is None:
            try:
                with work.session.begin_nested():
                    enrol(
                        work,
                        email=wanted.email,
                        display_name=wanted.display_name,
                        language=wanted.language,
                        password_hash=password_hash,
                    )
            except EmailTaken:  # by a rival's registration of this moment, whose mail is on its way
                return
        elif known.email_confirmed_at is not None:
            work.record(RegisteredAgain(person_id=known.id))
        else:
            _register_anew(work, known, wanted, password_hash)


def enrol(
    work: UnitOfWork,
    *,
    email: str,
    display_name: str,
    language: Language,
    password_hash: str | None = None,
    confirmed: bool = False,
) -> UUID:
    """Enter a person; raises EmailTaken. For registration, the command line, the demo and tests.

    With `confirmed` the address counts as theirs and no mail is sent.
    """
    person_id = new_id()
    work.session.add(Party(id=person_id, kind=PartyKind.PERSON, name=display_name, created_at=work.now))
    work.session.flush()  # the person's foreign key needs the party
    work.session.add(
        Person(
            id=person_id,
            email=email.lower(),
            email_confirmed_at=work.now if confirmed else None,
            password_hash=password_hash,
            language=language,
        )
    )
    try:
        work.session.flush()  # so that a taken address is refused here, by name
    except IntegrityError as error:
        if violates(error, "uq_person_email", "person.email"):
            raise EmailTaken from error
        raise
    work.record(EmailConfirmed(person_id=person_id) if confirmed else Registered(person_id=person_id))
    return person_id


def confirm(work: UnitOfWork, token: str) -> None:
    """Take the token of a mail as proof that an address is its person's; raises TokenSpent."""
    purpose, person_id, subject = tokens.take(work, token, Purpose.CONFIRM_EMAIL, Purpose.CHANGE_EMAIL)
    person = work.session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None or person.erased_at is not None:
        raise TokenSpent
    if purpose is Purpose.CHANGE_EMAIL:
        person.email = subject
        person.version += 1
        try:
            work.session.flush()  # the address may have been taken in the meantime
        except IntegrityError as error:
            raise TokenSpent from error
    person.email_confirmed_at = person.email_confirmed_at or work.now
    work.record(EmailConfirmed(person_id=person.id))


def appoint(work: UnitOfWork, person_id: UUID, staff_role: StaffRole | None) -> None:
    """Entrust a person with the instance, or no longer; raises NotFound. For the command line."""
    person = work.session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None or person.erased_at is not None:
        raise NotFound
    person.staff = staff_role
    person.version += 1
    work.record(StaffAppointed(person_id=person_id, role=staff_role))
    action = f"staff.appoint.{staff_role}" if staff_role else "staff.dismiss"
    work.account_for(action, about="person", about_id=person_id, party_id=person_id)


def first_admin_token(work: UnitOfWork) -> str:
    """A token that makes the signed-in person who shows it an admin; used once, within 24 hours."""
    return tokens.issue(work, None, Purpose.STAFF)


def claim_staff_role(work: UnitOfWork, token: str) -> MeRead:
    """Make the signed-in person an admin by the token that the operator was given; raises TokenSpent."""
    tokens.take(work, token, Purpose.STAFF)
    appoint(work, acting_person(work), StaffRole.ADMIN)
    return me(work)


def _register_anew(work: UnitOfWork, person: Person, wanted: Registration, password_hash: str) -> None:
    person.password_hash = password_hash
    person.language = wanted.language
    work.session.get_one(Party, person.id).name = wanted.display_name
    repository.void_tokens(work.session, person.id, [Purpose.CONFIRM_EMAIL])
    work.record(PartyRenamed(party_id=person.id))
    work.record(Registered(person_id=person.id))
