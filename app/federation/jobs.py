"""The federation's jobs: publishing, telling, reading, sending. Each may run twice and bears it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from app.federation.service import (
    borrowing,
    catching_up,
    consuming,
    following,
    generation,
    lending,
    notifying,
    own_keys,
    picturing,
    probing,
    publishing,
    trusting,
)
from app.jobs.runner import Handler, Schedule
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions
from app.outbound.files import Files
from app.outbound.http import Http
from app.settings import Settings

_SWEEP_AT_LEAST: Final = 30

ABROAD: Final = frozenset(
    {
        "federation.pull",
        "federation.keys",
        "federation.probe",
        "federation.farewell",
        "federation.send",
        "federation.notify",
        "federation.look",
    }
)
"""The jobs that speak with partners, which may be slow or silent."""
PICTURES: Final = frozenset({picturing.JOB})
"""Those that fetch pictures: they take long, and nobody waits for them."""


def handlers(
    transactions: Transactions, http: Http, *, pictures: Http, files: Files
) -> Mapping[str, Handler]:
    """Every job of this room by its name."""
    return {
        "federation.publish": partial(_publish, transactions),
        "federation.purge": partial(_purge, transactions),
        "federation.recheck": partial(_recheck, transactions),
        "federation.sweep": lambda _payload: consuming.sweep(transactions),
        "federation.pull": partial(_with_id, partial(consuming.pull, transactions, http), "partner_id"),
        "federation.keys": partial(
            _with_id, partial(following.refresh_keys, transactions, http), "partner_id"
        ),
        "federation.probe": partial(_with_id, partial(probing.probe, transactions, http), "partner_id"),
        "federation.keep_keys": lambda _payload: own_keys.keep_outside(transactions),
        "federation.trust": lambda _payload: trusting.sweep(transactions),
        "federation.farewell": partial(
            _with_id, partial(notifying.say_farewell, transactions, http), "partner_id"
        ),
        "federation.look": partial(_look, transactions, http),
        "federation.look_again": lambda _payload: catching_up.look_again(transactions),
        "federation.send": partial(_with_id, partial(borrowing.send, transactions, http), "booking_id"),
        "federation.notify": partial(notifying.notify, transactions, http),
        picturing.JOB: partial(
            _with_id, partial(picturing.fetch, transactions, pictures, files), "partner_id"
        ),
    }


def schedules(settings: Settings) -> Sequence[Schedule]:
    """What falls due by itself."""
    often = min(settings.federation_poll_seconds, _SWEEP_AT_LEAST)
    return [
        Schedule("federation.sweep", every=timedelta(seconds=often)),
        Schedule("federation.purge", every=timedelta(days=1)),
        Schedule("federation.recheck", every=timedelta(days=1)),
        Schedule("federation.look_again", every=timedelta(days=1)),
        Schedule("federation.trust", every=timedelta(minutes=1)),
    ]


def _publish(transactions: Transactions, _payload: Mapping[str, Any]) -> None:
    publishing.publish(transactions)
    generation.note_heads(transactions)


def _purge(transactions: Transactions, _payload: Mapping[str, Any]) -> None:
    publishing.purge(transactions)
    lending.forget_old(transactions)


def _recheck(transactions: Transactions, _payload: Mapping[str, Any]) -> None:
    with transactions.writing(SYSTEM) as work:
        publishing.mark_everything(work)


def _look(transactions: Transactions, http: Http, payload: Mapping[str, Any]) -> None:
    catching_up.look(transactions, http, UUID(payload["partner_id"]), UUID(payload["rid"]))


def _with_id(handle: Callable[[UUID], None], name: str, payload: Mapping[str, Any]) -> None:
    handle(UUID(payload[name]))
