"""Telling: a letter per reader and fact, and a mail per letter."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from app.accounts.events import PersonErased
from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.notifications import repository
from app.notifications.mail import Mail, Mailer, Undeliverable
from app.notifications.tables import Letter

MAIL_JOB: Final = "notifications.mail"
FORGET_JOB: Final = "notifications.forget"
KEPT: Final = timedelta(days=30)
log = structlog.get_logger("depot.mail")

Compose = Callable[[UnitOfWork, UUID, Mapping[str, Any]], Mail | None]
"""Writes the mail to this reader about these facts, or none when there is nothing left to say."""


def tell(
    work: UnitOfWork, event_id: UUID, topic: str, reader_id: UUID, facts: Mapping[str, Any] | None = None
) -> None:
    """Have this reader told, once however often the fact is heard."""
    written = repository.add_letter(
        work.session, event_id=event_id, reader_id=reader_id, topic=topic, facts=facts or {}, now=work.now
    )
    if written is not None:
        work.enqueue(MAIL_JOB, {"letter_id": str(written)})


def mail_sender(transactions: Transactions, send: Mailer, topics: Mapping[str, Compose]) -> Handler:
    """The job that sends one letter: composed in one transaction, sent in none, noted in another.

    If it dies between sending and noting, the letter is sent again: twice is better than never.
    """

    def run(payload: Mapping[str, Any]) -> None:
        letter_id = UUID(payload["letter_id"])
        with transactions.writing(SYSTEM) as work:
            letter = work.session.get(Letter, letter_id)
            if letter is None or letter.sent_at is not None:
                return
            mail = topics[letter.topic](work, letter.reader_id, letter.facts)
            now = work.now
        refused = _sent(send, mail, now=now) if mail else "nothing left to say"
        with transactions.writing(SYSTEM) as work:
            letter = work.session.get(Letter, letter_id)
            if letter is not None:  # its reader may have left meanwhile
                letter.sent_at, letter.refused = work.now, refused

    return run


def forget(work: UnitOfWork, erased: PersonErased) -> None:
    """Drop the letters of somebody who has gone."""
    repository.forget_letters_to(work.session, erased.person_id)


def forget_old(work: UnitOfWork) -> None:
    """Drop letters after thirty days; the facts themselves stay in the log."""
    repository.forget_letters(work.session, before=work.now - KEPT)


def _sent(send: Mailer, mail: Mail, **when: Any) -> str | None:
    try:
        send(mail, **when)
    except Undeliverable as error:
        log.warning("mail_refused", reason=str(error))
        return str(error)[:300]
    return None
