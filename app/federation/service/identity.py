"""Who we are to others: our keys, our key documents, our description."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, col, select

from app.federation import keys, signatures
from app.federation.protocol import v1
from app.federation.tables import OwnKeyDocument
from app.kernel import secrets
from app.kernel.unit_of_work import Reading
from app.settings import Settings

_VERSION: Final = "0.1"
FIRST_CONTROL: Final = "c1"
FIRST_KEY: Final = "k1"
SECRETS: Final = tuple(f"dfp-{kid}" for kid in (FIRST_CONTROL, FIRST_KEY))
"""The secrets that an instance begins with: its first two keys."""
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
    latest = latest_payload(session)
    return latest.base.removesuffix(v1.PATH) if latest else None


def own(reading: Reading) -> Identity:
    """This instance, able to sign with the newest of its keys that is in use."""
    latest = latest_payload(reading.session)
    kid = keys.in_use(
        latest, at=reading.now, held=lambda kid: secrets.exists(reading.session, secret_of(kid))
    )
    if latest is None or kid is None:
        raise AssertionError("An instance has a key from its start on; see own_keys.ensure.")
    return Identity(latest.instance, kid, key_of(reading.session, kid), base_of(reading.settings))


def latest_payload(session: Session) -> v1.KeyPayload | None:
    """What our newest key document says; None before there is one."""
    query = select(OwnKeyDocument).order_by(col(OwnKeyDocument.version).desc()).limit(1)
    row = session.exec(query).one_or_none()
    return keys.payload_of(v1.KeyDocument(payload=row.payload, kid=row.kid, sig=row.sig)) if row else None


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
        capabilities=["gzip", "wait", "near", "category", "rpde"],
        license=settings.catalogue_license,
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


def key_of(session: Session, kid: str) -> Ed25519PrivateKey:
    """A key of ours; its secret was made before."""
    return Ed25519PrivateKey.from_private_bytes(secrets.get(session, secret_of(kid)))


def secret_of(kid: str) -> str:
    """Under which name the secret of a key is kept."""
    return f"dfp-{kid}"
