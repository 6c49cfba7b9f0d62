"""Who we are to others: our keys, our key documents, our description."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, col, select

from app.federation import keys, signatures
from app.federation.protocol import v1
from app.federation.tables import OwnKeyDocument
from app.kernel import secrets
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.settings import Settings

KEY_LIFE: Final = timedelta(days=365)
_VERSION: Final = "0.1"
_CONTROL: Final = "c1"
_REQUEST: Final = "k1"
SECRETS: Final = tuple(f"dfp-{kid}" for kid in (_CONTROL, _REQUEST))
"""The secrets of the instance that are its keys."""
_AROUND: Final = 300
"""Bytes of a message beside the payload of a document."""
_LEVELS: Final = ("L1", "L2", "L3")


@dataclass(frozen=True)
class Identity:
    """What it takes to sign a request as this instance."""

    instance: str
    kid: str
    key: Ed25519PrivateKey
    base: str

    def sign(self, request: signatures.Request, *, now: datetime) -> dict[str, str]:
        """The headers that make the request ours."""
        key_id = signatures.KeyId(self.instance, self.kid)
        return signatures.sign(request, key=self.key, key_id=key_id, now=now)


def base_of(settings: Settings) -> str:
    """The address under which partners speak to this instance."""
    return settings.public_url + v1.PATH


def ensure(work: UnitOfWork) -> bool:
    """See to it that this instance has its keys and a key document for its present address.

    Answers whether partners have to hear of a new one.

    A changed public address is published as the next document of the chain, so that partners follow the move.
    """
    chain = documents(work.session)
    base = base_of(work.settings)
    if chain and _says(chain[-1], base=base, beyond=work.now + KEY_LIFE / 4):
        return False
    control = _key(work.session, _CONTROL)
    payload = v1.KeyPayload(
        instance=keys.fingerprint(control.public_key()),
        v=len(chain) + 1,
        iat=int(work.now.timestamp()),
        prev=keys.document_hash(chain[-1]) if chain else None,
        control=[v1.ControlKey(kid=_CONTROL, x=keys.to_text(control.public_key()))],
        keys=[
            v1.RequestKey(
                kid=_REQUEST,
                x=keys.to_text(_key(work.session, _REQUEST).public_key()),
                nbf=int((work.now - signatures.MAX_AGE).timestamp()),
                exp=int((work.now + KEY_LIFE).timestamp()),
            )
        ],
        base=base,
    )
    document = keys.issue(payload, kid=_CONTROL, key=control)
    work.session.add(OwnKeyDocument(version=payload.v, **document.to_json()))
    return bool(chain)


def documents(session: Session) -> list[v1.KeyDocument]:
    """Our key documents, oldest first."""
    rows = session.exec(select(OwnKeyDocument).order_by(col(OwnKeyDocument.version))).all()
    return [v1.KeyDocument(payload=row.payload, kid=row.kid, sig=row.sig) for row in rows]


def newest_documents(session: Session) -> list[v1.KeyDocument]:
    """Our key documents, as many of the newest as fit into one message; who knows the older ones follows them."""
    chosen: list[v1.KeyDocument] = []
    size = 0
    for document in reversed(documents(session)):
        size += len(document.payload) + _AROUND
        if chosen and size > v1.KEYS_BYTES - _AROUND:
            break
        chosen.insert(0, document)
    return chosen


def published_address(session: Session) -> str | None:
    """The public address that our latest key document tells partners; None before there is one."""
    chain = documents(session)
    return keys.payload_of(chain[-1]).base.removesuffix(v1.PATH) if chain else None


def own(reading: Reading) -> Identity:
    """This instance, able to sign."""
    return Identity(
        instance=keys.fingerprint(_key(reading.session, _CONTROL).public_key()),
        kid=_REQUEST,
        key=_key(reading.session, _REQUEST),
        base=base_of(reading.settings),
    )


def discovery(reading: Reading) -> dict[str, Any]:
    """What `/.well-known/dfp` tells everybody."""
    settings = reading.settings
    base = base_of(settings)
    return v1.Discovery(
        dfp=[v1.VERSION],
        instance=own(reading).instance,
        name=settings.name,
        base=base,
        keys=f"{base}/keys",
        levels=list(_LEVELS),
        feeds={
            v1.Kind.LISTING.value: v1.FeedOffer(
                access="partner",
                ttl=v1.TTL_SECONDS,
                tombstone_days=v1.TOMBSTONE_DAYS,
                max_limit=v1.PAGE_ITEMS,
            )
        },
        capabilities=["gzip", "wait", "near", "category"],
        region=v1.Region(
            label=settings.region,
            lat=settings.region_lat,
            lon=settings.region_lon,
            radius_km=settings.region_radius_km,
        ),
        languages=[settings.language],
        operator=operator(settings),
        software=v1.Software(name="depot", version=_VERSION),
    ).to_json()


def operator(settings: Settings) -> v1.Operator:
    """Who answers for this instance."""
    contact = settings.operator_contact if settings.operator_contact.startswith("https://") else None
    return v1.Operator(
        name=settings.operator or settings.name,
        url=settings.public_url,
        privacy=settings.privacy_url or None,
        contact=contact,
    )


def _key(session: Session, kid: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secrets.get(session, f"dfp-{kid}"))


def _says(document: v1.KeyDocument, *, base: str, beyond: datetime) -> bool:
    payload = keys.payload_of(document)
    return payload.base == base and payload.keys[0].exp > beyond.timestamp()
