"""Our own keys (federation.md §2.2): made, changed in good time, revoked at once, and told to partners.

A new key is published two days before it is used, and the old one stays listed a week longer: no request between
instances fails for it. Whatever changes becomes the next document of the chain, signed by the control key.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from app.federation import keys, signatures
from app.federation.problems import BadJson, KeysRefused
from app.federation.protocol import strict_json, v1
from app.federation.schemas import OwnKeyRead, OwnKeysRead
from app.federation.service import identity, notifying, partners, publishing
from app.federation.tables import OwnKeyDocument
from app.kernel import secrets
from app.kernel.actor import SYSTEM
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork

KEY_LIFE: Final = timedelta(days=365)
CHANGED_BEFORE_END: Final = KEY_LIFE / 4
PUBLISHED_BEFORE_USE: Final = timedelta(hours=48)
LISTED_AFTERWARDS: Final = timedelta(days=8)
_FILE: Final = "key-documents.json"
_JOB: Final = "federation.keep_keys"

log = structlog.get_logger("depot.federation")


def ensure(work: UnitOfWork) -> None:
    """See to it that we can sign, now and for a while, and that partners know our present address.

    A changed public address is published as the next document, so that partners follow the move. So is a new key
    a quarter of a year before the old one ends; at once when none is usable, as after a long sleep or a restore.
    """
    latest = identity.latest_payload(work.session)
    if latest is None:
        _issue(work, None, [_new_key(work, begins=work.now)])
        return
    if not secrets.exists(work.session, identity.secret_of(latest.control[0].kid)):
        log.error("own_control_key_lost", kid=latest.control[0].kid)
        return
    if _usable(work, latest) is None:
        _issue(work, latest, [*latest.keys, _new_key(work, begins=work.now)])
    elif max(key.exp for key in _listed(latest)) < (work.now + CHANGED_BEFORE_END).timestamp():
        _hand_over(work, latest)
    elif latest.base != identity.base_of(work.settings):
        _issue(work, latest, latest.keys)


def read(reading: Reading) -> OwnKeysRead:
    """Which keys partners know of us, and which is in use; for staff and the command line."""
    partners.require_staff(reading.actor)
    latest = identity.latest_payload(reading.session)
    if latest is None:
        raise NotFound
    used = _usable(reading, latest)
    return OwnKeysRead(
        instance=latest.instance,
        base=latest.base,
        version=latest.v,
        control=[key.kid for key in latest.control],
        keys=[
            OwnKeyRead(
                kid=key.kid,
                in_use=key.kid == used,
                valid_from=_instant(key.nbf),
                valid_until=_instant(key.exp),
            )
            for key in _listed(latest)
        ],
        revoked=list(latest.revoked),
    )


def rotate(work: UnitOfWork) -> OwnKeysRead:
    """Publish a new key now, to be used in two days; asked for twice, it is the same key."""
    partners.require_staff(work.actor)
    latest = _latest(work)
    if not any(key.nbf > work.now.timestamp() for key in _listed(latest)):
        _hand_over(work, latest)
    return read(work)


def revoke(work: UnitOfWork, kid: str) -> OwnKeysRead:
    """Have nobody believe this key from now on, as after a theft. Partners are told at once, by another key.

    A control key hands over to a new one, which alone can sign documents from then on. Raises NotFound.
    """
    partners.require_staff(work.actor)
    latest = _latest(work)
    if kid in {key.kid for key in latest.control}:
        _issue(work, latest, latest.keys, revoked=kid)
    elif kid in {key.kid for key in _listed(latest)}:
        left = [key for key in latest.keys if key.kid != kid]
        if _usable(work, latest.model_copy(update={"keys": left})) is None:
            left.append(_new_key(work, begins=work.now))
        _issue(work, latest, left, revoked=kid)
    else:
        raise NotFound
    secrets.forget(work.session, identity.secret_of(kid))
    return read(work)


def keep_outside(transactions: Transactions) -> None:
    """Keep our key documents in a file beside the database: a backup brought back must not say old things anew."""
    with transactions.reading(SYSTEM) as look:
        known = v1.KeyDocuments(docs=identity.documents(look.session))
    file = transactions.settings.data_dir / _FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_suffix(".new")
    written.write_bytes(json.dumps(known.to_json()).encode())
    written.replace(file)


def bring_back(work: UnitOfWork) -> int:
    """Take the documents that a restored database has forgotten; answers how many.

    A second document of a version that partners know would tell them that our key is in two hands.
    """
    ours = identity.documents(work.session)
    offered = _kept(work.settings.data_dir / _FILE)
    if not ours or len(offered) <= len(ours):
        return 0
    try:
        chain = keys.extend(keys.verify(ours, instance=keys.payload_of(ours[0]).instance), offered)
    except KeysRefused as refused:
        log.exception("kept_key_documents_do_not_fit", why=str(refused))
        return 0
    news = list(zip(chain.payloads, chain.documents, strict=True))[len(ours) :]
    for payload, document in news:
        work.session.add(OwnKeyDocument(version=payload.v, **document.to_json()))
    work.session.flush()  # the next document follows these
    return len(news)


def _kept(file: Path) -> list[v1.KeyDocument]:
    if not file.is_file():
        return []
    try:
        return v1.KeyDocuments.model_validate(strict_json.read(file.read_bytes())).docs
    except (ValidationError, BadJson, OSError):
        log.exception("kept_key_documents_unreadable", file=str(file))
        return []


def _latest(reading: Reading) -> v1.KeyPayload:
    latest = identity.latest_payload(reading.session)
    if latest is None:
        raise NotFound
    return latest


def _hand_over(work: UnitOfWork, latest: v1.KeyPayload) -> None:
    begins = work.now + PUBLISHED_BEFORE_USE
    ends = int((begins + LISTED_AFTERWARDS).timestamp())
    old = [key.model_copy(update={"exp": min(key.exp, ends)}) for key in latest.keys]
    _issue(work, latest, [*old, _new_key(work, begins=begins)])


def _issue(
    work: UnitOfWork,
    latest: v1.KeyPayload | None,
    listed: list[v1.RequestKey],
    *,
    revoked: str | None = None,
) -> None:
    """Sign and publish the next document; what has ended is no longer listed."""
    signing, control = _control(work, latest, revoked=revoked)
    base = identity.base_of(work.settings)
    now = work.now.timestamp()
    payload = v1.KeyPayload(
        instance=latest.instance if latest else keys.fingerprint(signing[1].public_key()),
        v=latest.v + 1 if latest else 1,
        iat=int(now),
        prev=keys.document_hash(identity.documents(work.session)[-1]) if latest else None,
        control=[control],
        keys=[key for key in listed if key.exp >= now],
        base=base,
        revoked=(*(latest.revoked if latest else ()), *([revoked] if revoked else [])),
    )
    document = keys.issue(payload, kid=signing[0], key=signing[1])
    work.session.add(OwnKeyDocument(version=payload.v, **document.to_json()))
    work.session.flush()  # whoever looks for the newest document in this transaction finds it
    if latest is not None:
        work.enqueue(_JOB, {}, key=_JOB)
        log.warning("own_keys_changed", version=payload.v)
        notifying.announce_keys(work)
        if latest.base != base:
            publishing.mark_everything(work)  # every listing tells its address


def _control(
    work: UnitOfWork, latest: v1.KeyPayload | None, *, revoked: str | None
) -> tuple[tuple[str, Ed25519PrivateKey], v1.ControlKey]:
    """The key that signs the next document, and the one that may sign those after it."""
    now = latest.control[0].kid if latest else identity.FIRST_CONTROL
    then = f"c{(latest.v if latest else 0) + 1}" if now == revoked else now
    secrets.ensure(work.session, identity.secret_of(then))
    public = keys.to_text(identity.key_of(work.session, then).public_key())
    return (now, identity.key_of(work.session, now)), v1.ControlKey(kid=then, x=public)


def _new_key(work: UnitOfWork, *, begins: datetime) -> v1.RequestKey:
    """A key under a name that none had before: the number of the document that brings it."""
    latest = identity.latest_payload(work.session)
    kid = f"k{latest.v + 1}" if latest else identity.FIRST_KEY
    secrets.ensure(work.session, identity.secret_of(kid))
    return v1.RequestKey(
        kid=kid,
        x=keys.to_text(identity.key_of(work.session, kid).public_key()),
        nbf=int((begins - signatures.MAX_AGE).timestamp()),
        exp=int((begins + KEY_LIFE).timestamp()),
    )


def _listed(payload: v1.KeyPayload) -> list[v1.RequestKey]:
    return [key for key in payload.keys if key.kid not in payload.revoked]


def _usable(reading: Reading, payload: v1.KeyPayload) -> str | None:
    return keys.in_use(
        payload,
        at=reading.now,
        held=lambda kid: secrets.exists(reading.session, identity.secret_of(kid)),
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
