"""Mailing: letters become a mail in their reader's language, and the mail leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from app.accounts import service as accounts
from app.accounts.schemas import Recipient
from app.accounts.service import Purpose
from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.notifications import repository
from app.notifications.kinds import BUNDLED, KINDS, TOKENS
from app.notifications.mail import Mail, Mailer, Undeliverable
from app.notifications.rendering import as_mail, one
from app.notifications.service.switching import address_to_silence
from app.notifications.tables import Letter
from app.notifications.understanding import understand, with_what_was_said
from app.notifications.wording import Notice, told

log = structlog.get_logger("depot.mail")


def mail_sender(transactions: Transactions, send: Mailer) -> Handler:
    """The job that mails one letter, and those that go with it: composed in one transaction, sent in none, noted in
    another.

    If it dies between sending and noting, the mail is sent again, under the same id: twice is better than never.
    """

    def run(payload: Mapping[str, Any]) -> None:
        with transactions.writing(SYSTEM) as work:
            letters = repository.unsent_with(work.session, UUID(payload["letter_id"]), bundled=BUNDLED.keys())
            if not letters:
                return
            mail, now = compose(work, letters), work.now
            ids = [letter.id for letter in letters]
        refused = sent(send, mail, now=now) if mail else "nothing left to say"
        with transactions.writing(SYSTEM) as work:
            repository.note_sent(work.session, ids, now=work.now, refused=refused)

    return run


def compose(work: UnitOfWork, letters: Sequence[Letter]) -> Mail | None:
    """The mail of these letters to their one reader; None when there is nothing left to say, or nobody to read it."""
    letter = letters[-1]
    if letter.kind in TOKENS:
        return _with_token(work, letter)
    to = reader_of(work, letter)
    notice = understand(work, letters).get(letter.id) if to else None
    if to is None or notice is None:
        return None
    if len(letters) > 1:
        notice = replace(notice, wording=KINDS[BUNDLED[letter.kind]])
    notice = with_what_was_said(work, notice, letters)
    free = not notice.wording.essential
    off = address_to_silence(work, letter.reader_id, notice.wording.topic) if free else ""
    sheet = one(told(notice, to.language, home=work.settings.public_url), settings=free)
    return as_mail(sheet, to, work.settings, id=str(letter.id), thread=_thread(letter), unsubscribe=off)


def reader_of(reading: Reading, letter: Letter) -> Recipient | None:
    """Whoever reads it, if they are still there and still speak for whom it concerns."""
    readers = accounts.recipients(reading, letter.party_id or letter.reader_id)
    return next((reader for reader in readers if reader.person_id == letter.reader_id), None)


def sent(send: Mailer, mail: Mail, **when: Any) -> str | None:
    """Send it; answers why the server will never take it, if so."""
    try:
        send(mail, **when)
    except Undeliverable as error:
        log.warning("mail_refused", reason=str(error))
        return str(error)[:300]
    return None


def _thread(letter: Letter) -> str:
    return f"thread-{letter.thread_id}" if letter.thread_id else ""


def _with_token(work: UnitOfWork, letter: Letter) -> Mail | None:
    wording, purpose = TOKENS[letter.kind]
    match purpose:
        case Purpose.INVITATION:
            found = accounts.invitation_letter(work, letter.reader_id)
        case Purpose.CHANGE_EMAIL:
            found = accounts.change_letter(work, letter.reader_id, UUID(letter.facts["change_id"]))
        case _:
            found = accounts.letter(work, letter.reader_id, purpose)
    if found is None:
        return None
    facts = {"token": found.token, "organisation": found.organisation, "inviter": found.inviter}
    said = told(Notice(wording, facts), found.recipient.language, home=work.settings.public_url)
    sheet = one(said, settings=False, token=found.token)
    return as_mail(sheet, found.recipient, work.settings, id=str(letter.id))
