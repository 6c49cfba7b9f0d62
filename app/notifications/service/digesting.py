"""The day's digest: one mail in the morning with everything that had time."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounts import service as accounts
from app.accounts.schemas import Recipient
from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM
from app.kernel.languages import translate
from app.kernel.text import Message, message
from app.kernel.unit_of_work import Reading, Transactions
from app.notifications import repository
from app.notifications.mail import Mail, Mailer
from app.notifications.rendering import Part, Sheet, as_mail
from app.notifications.rules import morning
from app.notifications.service.mailing import reader_of, sent
from app.notifications.service.switching import address_to_silence
from app.notifications.tables import Digest, Letter
from app.notifications.understanding import understand
from app.notifications.wording import Link, Told, told

DIGEST_JOB: Final = "notifications.digest"
DIGEST_MAIL_JOB: Final = "notifications.digest_mail"
MOST: Final = 30
INBOX_PAGE: Final = "/notifications"
_BATCH: Final = 200
_SUBJECT: Final = message("{count} things are new")
_MORE: Final = message("And {count} more.")
_SEE_ALL: Final = message("See all that is new")


def begin_digests(transactions: Transactions) -> None:
    """Begin this morning's digest for everybody for whom something has waited, each once: one row a day says so.

    After days without a clock there is one all the same: a digest holds whatever has waited, however long.
    """
    while True:
        with transactions.reading(SYSTEM) as reading:
            begins = morning(reading.now, ZoneInfo(reading.settings.time_zone))
            readers = repository.waiting_readers(reading.session, begins, limit=_BATCH) if begins else []
        if begins is None or not readers:
            return
        for reader_id in readers:
            with transactions.writing(SYSTEM) as work:
                digest_id = repository.begin_digest(work.session, reader_id, begins, now=work.now)
                if digest_id is not None:
                    work.enqueue(DIGEST_MAIL_JOB, {"digest_id": str(digest_id)})


def digest_sender(transactions: Transactions, send: Mailer) -> Handler:
    """The job that mails one digest. If it dies between sending and noting, the same mail is sent under the same id."""

    def run(payload: Mapping[str, Any]) -> None:
        digest_id = UUID(payload["digest_id"])
        with transactions.reading(SYSTEM) as reading:
            digest = repository.unsent_digest(reading.session, digest_id)
            if digest is None:
                return
            mail, now = _compose(reading, digest), reading.now
        refused = sent(send, mail, now=now) if mail else "nothing left to say"
        with transactions.writing(SYSTEM) as work:
            repository.note_digest_sent(work.session, digest_id, now=work.now, refused=refused)

    return run


def _compose(reading: Reading, digest: Digest) -> Mail | None:
    """The digest; None when everything has been read meanwhile, or nobody is there to read it."""
    to = next(iter(accounts.recipients(reading, digest.reader_id)), None)
    letters = _still_theirs(reading, repository.in_digest(reading.session, digest.id)) if to else []
    notices = understand(reading, letters)
    home = reading.settings.public_url
    if to is None or not notices:
        return None
    news = [told(notices[letter.id], to.language, home=home) for letter in letters if letter.id in notices]
    off = address_to_silence(reading, digest.reader_id, None)
    return as_mail(_sheet(news, to, home), to, reading.settings, id=f"digest-{digest.id}", unsubscribe=off)


def _sheet(news: Sequence[Told], to: Recipient, home: str) -> Sheet:
    def say(sentence: Message, **values: object) -> str:
        return translate(Message(sentence.text, values), to.language)

    parts = [
        Part(one.says, one.details[1:], hint=one.hint, heading=one.subject, link=one.step)
        for one in news[:MOST]
    ]
    if len(news) > MOST:
        parts.append(Part(say(_MORE, count=len(news) - MOST)))
    subject = say(_SUBJECT, count=len(news)) if len(news) > 1 else news[0].subject
    return Sheet(subject, parts, Link(say(_SEE_ALL), home + INBOX_PAGE), settings=True)


def _still_theirs(reading: Reading, letters: Sequence[Letter]) -> list[Letter]:
    """Without letters of organisations for which the reader no longer speaks."""
    parties = {letter.party_id: letter for letter in letters}
    kept = {party for party, letter in parties.items() if reader_of(reading, letter)}
    return [letter for letter in letters if letter.party_id in kept]
