"""Telling: a letter per reader and fact, mailed and shown as its reader wishes."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.notifications import repository
from app.notifications.kinds import BUNDLED, KINDS, TOKENS
from app.notifications.rules import AT_ONCE, TOGETHER, Inbox, MailWhen, Topic, Wish, usual

MAIL_JOB: Final = "notifications.mail"


def tell(
    work: UnitOfWork,
    event_id: UUID,
    kind: str,
    reader_id: UUID,
    facts: Mapping[str, Any] | None = None,
    *,
    party_id: UUID | None = None,
    thread_id: UUID | None = None,
) -> None:
    """Have this reader told, once however often the fact is heard; `party_id` is for whom, if not for themself."""
    wording = KINDS[kind]
    wish = AT_ONCE if wording.essential else wish_of(work, reader_id, wording.topic)
    if wish.is_silence:
        return
    letter = {
        "event_id": event_id,
        "reader_id": reader_id,
        "party_id": party_id or reader_id,
        "kind": kind,
        "facts": dict(facts or {}),
        "thread_id": thread_id,
        "mail": wish.mail,
        "shown": wish.inbox is Inbox.ON and kind not in TOKENS,
        "created_at": work.now,
    }
    letter_id = repository.add_letter(work.session, letter)
    if letter_id is not None and letter["shown"]:
        work.at_last(repository.number, (reader_id, letter_id))
    if letter_id is not None and wish.mail is MailWhen.AT_ONCE:
        _have_mailed(work, letter_id, kind, reader_id, thread_id)


def tell_party(
    work: UnitOfWork,
    event_id: UUID,
    kind: str,
    party_id: UUID,
    facts: Mapping[str, Any],
    *,
    thread_id: UUID | None = None,
) -> None:
    """The person, or everybody who speaks for the organisation."""
    for reader in accounts.recipients(work, party_id):
        if reader.person_id is not None:
            tell(work, event_id, kind, reader.person_id, facts, party_id=party_id, thread_id=thread_id)


def wish_of(reading: Reading, person_id: UUID, topic: Topic) -> Wish:
    """How this person wants to hear of this topic."""
    return repository.switches_of(reading.session, person_id).get(topic, usual(topic))


def _have_mailed(
    work: UnitOfWork, letter_id: UUID, kind: str, reader_id: UUID, thread_id: UUID | None
) -> None:
    """At once; one of a kind that comes in flocks waits a little after the last, and goes with those that follow."""
    payload = {"letter_id": str(letter_id)}
    if kind not in BUNDLED or thread_id is None:
        work.enqueue(MAIL_JOB, payload)
        return
    before = repository.last_mailed(work.session, reader_id, kind, thread_id, after=work.now - TOGETHER)
    run_at = before + TOGETHER if before else None
    work.enqueue(MAIL_JOB, payload, run_at=run_at, key=f"{MAIL_JOB} {reader_id} {kind} {thread_id}")
