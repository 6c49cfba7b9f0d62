"""Fetching the pictures of partners' listings (federation.md §2.8): our server does it, residents' browsers never."""

import hashlib
import time
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from app.federation import repository
from app.federation.protocol import v1
from app.federation.tables import Partner
from app.federation.trust import ALLOWS
from app.kernel.actor import SYSTEM
from app.kernel.pictures import NotAPicture
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.listings import service as listings
from app.outbound.files import Files
from app.outbound.http import Http, OutboundRefused, Unreachable

JOB: Final = "federation.pictures"
PATIENCE_SECONDS: Final = 10.0
_AT_ONCE: Final = 20

log = structlog.get_logger("depot.federation")


class _NotThisOne(Exception):
    """This picture cannot be had."""

    def __init__(self, why: str, *, for_good: bool = True) -> None:
        super().__init__(why)
        self.for_good = for_good


def fetch_soon(work: UnitOfWork, partner: Partner) -> None:
    """Have a partner's pictures fetched, if there are any to be."""
    if ALLOWS[partner.state].catalogue and listings.wanted_pictures(work, partner.id, limit=1):
        work.enqueue(JOB, {"partner_id": str(partner.id)}, key=f"{JOB}:{partner.id}")


def fetch(transactions: Transactions, http: Http, files: Files, partner_id: UUID) -> None:
    """Fetch some pictures of one partner, for a few seconds; then it is somebody else's turn."""
    begun = time.monotonic()
    with transactions.reading(SYSTEM) as look:
        partner = look.session.get(Partner, partner_id)
        if partner is None or not ALLOWS[partner.state].catalogue:
            return
        wanted = listings.wanted_pictures(look, partner_id, limit=_AT_ONCE)
    for one in wanted:
        if time.monotonic() - begun > PATIENCE_SECONDS:
            break
        try:
            _fetch_one(transactions, http, files, base=partner.base, one=one)
        except _NotThisOne as reason:
            _refuse(transactions, one, str(reason), for_good=reason.for_good)
        except Unreachable as silence:
            log.info("pictures_not_fetched", partner=partner.name, why=str(silence))
            with transactions.writing(SYSTEM) as work:
                listings.put_off_picture(work, one.id)
            return  # the others fall due again with the next look at all partners
    with transactions.writing(SYSTEM) as work:
        found = repository.locked_partner(work.session, partner_id)
        if found is not None:
            fetch_soon(work, found)


def _fetch_one(
    transactions: Transactions, http: Http, files: Files, *, base: str, one: listings.WantedPicture
) -> None:
    if origin_of(one.url) != origin_of(base):
        raise _NotThisOne("not at the partner's own address")
    with transactions.writing(SYSTEM) as work:
        if listings.is_known_picture(work, one.id):
            return
    try:
        answer = http.request("GET", one.url, max_bytes=v1.MEDIA_BYTES)
    except OutboundRefused as refused:
        raise _NotThisOne(str(refused)) from None
    if answer.status != HTTPStatus.OK:
        raise _NotThisOne(f"status {answer.status}", for_good=not answer.is_passing)
    if len(answer.body) > v1.MEDIA_BYTES:
        raise _NotThisOne(f"larger than {v1.MEDIA_BYTES} bytes")
    if one.sha256 and hashlib.sha256(answer.body).hexdigest() != one.sha256:
        raise _NotThisOne("not the picture that was announced", for_good=False)
    try:
        prepared = listings.PreparedPhoto(files, answer.body)
    except NotAPicture as refused:
        raise _NotThisOne(str(refused.detail)) from None
    with transactions.writing(SYSTEM) as work:
        listings.keep_picture(work, one.id, prepared)


def _refuse(transactions: Transactions, one: listings.WantedPicture, why: str, *, for_good: bool) -> None:
    with transactions.writing(SYSTEM) as work:
        listings.refuse_picture(work, one.id, why, for_good=for_good)


def origin_of(url: str) -> tuple[str, str]:
    """Where an address lives: its scheme, its host and port."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
