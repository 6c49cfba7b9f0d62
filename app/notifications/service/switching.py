"""Switches: who wants to hear what, when, and how mails end with one click."""

import base64
import hashlib
import hmac
from typing import Final
from uuid import UUID

from pydantic import MISSING

from app.kernel import secrets
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.notifications import repository
from app.notifications.kinds import KINDS
from app.notifications.rules import SWITCHED, Inbox, MailWhen, Topic, Wish, usual
from app.notifications.schemas import SwitchEdit, SwitchesEdit, SwitchesRead, SwitchRead
from app.notifications.service.readers import reader

SECRET: Final = "notices"  # noqa: S105 - the name of a secret
_SEAL_BYTES: Final = 32


def switches(reading: Reading) -> SwitchesRead:
    """How the signed-in person hears of every topic."""
    wished = repository.switches_of(reading.session, reader(reading))
    found = {topic: wished.get(topic, usual(topic)) for topic in SWITCHED}
    return SwitchesRead(
        **{topic.value: SwitchRead(mail=wish.mail, inbox=wish.inbox) for topic, wish in found.items()}
    )


def switch(work: UnitOfWork, change: SwitchesEdit) -> SwitchesRead:
    """Switch what was given, and leave the rest."""
    person_id = reader(work)
    wished = repository.switches_of(work.session, person_id)
    for topic in SWITCHED:
        edit: SwitchEdit | None = getattr(change, topic.value)
        if isinstance(edit, SwitchEdit):
            before = wished.get(topic, usual(topic))
            _wish(work, person_id, topic, _changed(before, edit))
    return switches(work)


def address_to_silence(reading: Reading, person_id: UUID, topic: Topic | None) -> str:
    """Where whoever holds this mail ends mails of its topic, and can do nothing else. No topic: the whole digest."""
    named = person_id.bytes + (topic or "").encode()
    token = base64.urlsafe_b64encode(_seal(reading, named) + named).rstrip(b"=").decode()
    return f"{reading.settings.public_url}/api/v1/notifications/off/{token}"


def topic_to_silence(reading: Reading, token: str) -> Topic | None:
    """Mails of which topic this token ends, None: the digest; NotFound for one that we did not give out."""
    return _opened(reading, token)[1]


def silence(work: UnitOfWork, token: str) -> Topic | None:
    """End mails of a topic for whom the token was written (RFC 8058); the inbox stays as it is. Answers the topic."""
    person_id, topic = _opened(work, token)
    wished = repository.switches_of(work.session, person_id)
    for one in SWITCHED:
        before = wished.get(one, usual(one))
        if one is topic or (topic is None and before.mail is MailWhen.DIGEST):
            _wish(work, person_id, one, Wish(MailWhen.OFF, before.inbox))
    return topic


def _opened(reading: Reading, token: str) -> tuple[UUID, Topic | None]:
    try:
        opened = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise NotFound from error
    seal, named = opened[:_SEAL_BYTES], opened[_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(reading, named)):
        raise NotFound
    topic = named[16:].decode()
    return UUID(bytes=named[:16]), Topic(topic) if topic else None


def _changed(before: Wish, edit: SwitchEdit) -> Wish:
    mail: MailWhen = before.mail if edit.mail is MISSING else edit.mail
    inbox: Inbox = before.inbox if edit.inbox is MISSING else edit.inbox
    return Wish(mail, inbox)


def _wish(work: UnitOfWork, person_id: UUID, topic: Topic, wish: Wish) -> None:
    repository.set_switch(work.session, person_id, topic, wish)
    if wish.mail is MailWhen.OFF:
        kinds = [kind for kind, wording in KINDS.items() if wording.topic is topic and not wording.essential]
        repository.hush(work.session, person_id, kinds)


def _seal(reading: Reading, named: bytes) -> bytes:
    return hmac.digest(secrets.get(reading.session, SECRET), named, hashlib.sha256)
