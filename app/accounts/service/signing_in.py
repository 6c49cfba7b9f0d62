"""How somebody is known from then on: signing in, by password or by mail; signing out; a forgotten password."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import MISSING

from app.accounts import repository
from app.accounts.events import PasswordChanged, PasswordResetAsked, Registered, SignInLinkAsked
from app.accounts.problems import CredentialsWrong, EmailUnconfirmed, TokenSpent
from app.accounts.rules import ABSOLUTE, Purpose
from app.accounts.schemas import OpenedSession
from app.accounts.schemas.people import PasswordReset, PasswordResetStep, SignIn
from app.accounts.service import passwords, secrets, throttle, tokens
from app.accounts.service.desk import Desk
from app.accounts.service.standing import acting_person
from app.accounts.tables import Person, SignedIn
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.unit_of_work import Transactions, UnitOfWork

MAIL_JOB: Final = "accounts.send_link"
_LINKS: Final = (Purpose.SIGN_IN, Purpose.RESET_PASSWORD)


def sign_in(desk: Desk, how: SignIn) -> OpenedSession:
    """Open a session for whoever knows the password, or read the mail."""
    if how.email is MISSING or how.password is MISSING:
        with desk.writing() as work:
            return sign_in_by_link(work, "" if how.token is MISSING else how.token)
    return sign_in_by_password(desk, email=how.email, password=how.password)


def sign_in_by_password(desk: Desk, *, email: str, password: str) -> OpenedSession:
    """Open a session for whoever knows the password.

    Raises CredentialsWrong, the same and after the same time for unknown addresses and for people without a
    password; TooMany after too many tries; EmailUnconfirmed when only the mail is missing.
    """
    with desk.writing() as work:
        throttle.guess(work, email=email, client=desk.client)  # counted first: rivals must not guess for free
        person = repository.person_by_email(work.session, email)
    if not passwords.fits(password, person.password_hash if person else None) or person is None:
        raise CredentialsWrong
    with desk.writing() as work:
        throttle.guessed_right(work, email=email, client=desk.client)
        if person.email_confirmed_at is not None:
            return open_session(work, person.id)
        work.record(Registered(person_id=person.id))
    raise EmailUnconfirmed


def ask_for_link(desk: Desk, *, email: str, purpose: Purpose) -> None:
    """Have a link sent to this address if it has an account; the answer is the same, and as fast, if not."""
    with desk.writing() as work:
        throttle.ask_for_mail(work, email=email, client=desk.client)
        work.enqueue(MAIL_JOB, {"email": email, "purpose": purpose})


def link_sender(transactions: Transactions) -> Any:
    """The job that finds out whether there is somebody to send a link to."""

    def send(payload: Mapping[str, Any]) -> None:
        with transactions.writing(SYSTEM) as work:
            person = repository.person_by_email(work.session, payload["email"])
            if person is None:
                return
            asked = SignInLinkAsked if payload["purpose"] == Purpose.SIGN_IN else PasswordResetAsked
            work.record(asked(person_id=person.id))

    return send


def sign_in_by_link(work: UnitOfWork, token: str) -> OpenedSession:
    """Open a session for whoever read the mail, which also confirms the address; raises TokenSpent."""
    _, person_id, _ = tokens.take(work, token, Purpose.SIGN_IN)
    person = _reader(work, person_id)
    return open_session(work, person.id)


def reset_password(desk: Desk, step: PasswordReset) -> PasswordResetStep:
    """Have a link sent, or set a new password by it; raises TooMany, TokenSpent, Invalid."""
    if step.token is MISSING or step.password is MISSING:
        ask_for_link(desk, email="" if step.email is MISSING else step.email, purpose=Purpose.RESET_PASSWORD)
        return PasswordResetStep(status="mail_sent")
    passwords.refuse_common(step.password, pointer="/password", about=(desk.settings.name,))
    password_hash = passwords.hash_password(step.password)
    with desk.writing() as work:
        _, person_id, _ = tokens.take(work, step.token, Purpose.RESET_PASSWORD)
        set_password(work, _reader(work, person_id), password_hash)
    return PasswordResetStep(status="password_changed")


def set_password(work: UnitOfWork, person: Person, password_hash: str, *, but: UUID | None = None) -> None:
    """Let a new password hold; every session but this one ends, and so do links sent earlier."""
    person.password_hash = password_hash
    person.version += 1
    repository.end_sessions(work.session, person.id, but=but)
    repository.void_tokens(work.session, person.id, _LINKS)
    work.record(PasswordChanged(person_id=person.id))


def open_session(work: UnitOfWork, person_id: UUID) -> OpenedSession:
    """A new session for this person, for ninety days at most."""
    token, digest = secrets.new_token()
    ends_at = work.now + ABSOLUTE
    work.session.add(
        SignedIn(
            id=new_id(),
            person_id=person_id,
            digest=digest,
            created_at=work.now,
            used_at=work.now,
            ends_at=ends_at,
        )
    )
    return OpenedSession(person_id, token, ends_at)


def sign_out(work: UnitOfWork) -> None:
    """End the session by which the actor speaks."""
    found = work.session.get(SignedIn, work.actor.session_id)
    if found is not None:
        work.session.delete(found)


def sign_out_everywhere(work: UnitOfWork) -> None:
    """End every session of the person who acts."""
    repository.end_sessions(work.session, acting_person(work))


def _reader(work: UnitOfWork, person_id: UUID | None) -> Person:
    """Who read a mail sent to them: their address is confirmed by that."""
    person = work.session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None or person.email is None:
        raise TokenSpent
    if person.email_confirmed_at is None:
        # Somebody else may have registered with this address: what they chose must not outlive this proof.
        person.email_confirmed_at = work.now
        person.password_hash = None
    return person
