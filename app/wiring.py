"""Who hears what, and which jobs there are: the one table that ties the rooms together.

Called by `main`, `worker` and the command line; each gets the same `Instance`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.events import ErasureAsked, OrganisationDissolved, PartySuspended, PersonErased
from app.bookings import service as bookings
from app.federation import jobs as federation
from app.federation import listeners as federation_listeners
from app.federation.service import consuming, copies, generation, identity, own_keys, publishing
from app.federation.service.hearing import heard_from as partner_heard_from
from app.jobs import queue
from app.jobs.runner import Handler, Lane, Runner, Schedule
from app.kernel import event_log, idempotency, secrets
from app.kernel.actor import SYSTEM
from app.kernel.clock import Clock, SystemClock, TurnableClock
from app.kernel.database import PREPARING, Database, hold
from app.kernel.events import Event
from app.kernel.unit_of_work import Hearing, Reading, Transactions, UnitOfWork
from app.listings import service as listings
from app.listings.events import ListingChanged
from app.moderation import service as moderation
from app.notifications import listeners as mailing
from app.notifications import mail
from app.notifications import service as notifications
from app.outbound.files import Files
from app.outbound.http import Http, SafeHttp
from app.outbound.patience import PatientHttp
from app.settings import Settings

Listener = Callable[[Transactions, Any, UUID], None]
"""Hears one fact, in a job of its own; opens its own units of work and bears hearing a fact twice."""

SECRETS = (
    "places",
    listings.CURSORS,
    "partners",
    notifications.SECRET,
    generation.SECRET,
    *identity.SECRETS,
)
"""Secrets every instance has: the key of displaced points, that of pairwise pseudonyms, those that sign …"""


@dataclass(frozen=True)
class Instance:
    """A running instance of depot, as every door to it needs it."""

    settings: Settings
    database: Database
    transactions: Transactions
    runner: Runner
    http: Http
    files: Files

    def prepare(self) -> None:
        """Make sure that promises are safe in this database, and that its secrets exist."""
        self.database.assert_fit()
        generation.notice_restore(self.transactions)
        with self.transactions.writing(SYSTEM) as work:
            hold(work.session, PREPARING)
            for name in SECRETS:
                secrets.ensure(work.session, name)
            publishing.ensure_feed(work, publishing.LISTINGS)
            own_keys.bring_back(work)
            own_keys.ensure(work)
            consuming.catch_up(work)
            listings.ensure_index(work)
        accounts.forget_again(self.transactions, self.files)

    def close(self) -> None:
        """Stop the jobs and give back all connections."""
        self.runner.stop(timeout=10)
        self.database.close()


authenticate = accounts.authenticate
"""Who shows a token; NOBODY for one that is unknown, expired or revoked."""

positions = notifications.ends
"""How far what people listen to has come, for each of them."""


def hearing() -> Hearing:
    """Which fact is heard by whom: `at_once` inside its transaction, `later` by a listener named below."""
    return Hearing(
        at_once={
            ErasureAsked: [bookings.refuse_while_things_are_out],
            # Listings end first: who asked for one until now is among the bookings then called off.
            PersonErased: [
                listings.forget,
                bookings.forget,
                bookings.forget_calendar_feeds,
                moderation.forget,
                notifications.forget,
                _forget_answers,
                accounts.remember_erased,
            ],
            OrganisationDissolved: [
                bookings.refuse_to_dissolve,
                listings.dissolve,
                bookings.dissolve,
                moderation.dissolve,
            ],
            PartySuspended: [listings.rest_all],
            **federation_listeners.AT_ONCE,
            ListingChanged: [*federation_listeners.AT_ONCE[ListingChanged], bookings.look_at_queue],
        },
        later=HEARD_LATER,
    )


def _forget_answers(work: UnitOfWork, erased: PersonErased) -> None:
    idempotency.forget_answers_about(work.session, erased.person_id)


LISTENERS: Mapping[str, Listener] = {**mailing.LISTENERS}
"""The listeners by the names under which `HEARD_LATER` knows them."""

HEARD_LATER: Mapping[type[Event], Sequence[str]] = {**mailing.HEARD}
"""Which listeners hear of a fact, each in a job of its own."""

EVENTS: Mapping[str, type[Event]] = {kind.name: kind for kind in HEARD_LATER}
"""The facts that listeners hear later, by their names in the log."""


EXPORTS: Mapping[str, Callable[[Reading, UUID], object]] = {
    "listings": listings.export,
    "bookings": bookings.export,
    "reports": moderation.export,
    "notifications": notifications.export,
    "saved_searches": listings.saved_searches,
    "copies": copies.export,
}
"""What each room adds to a person's export, by the name of its section."""


def handlers(transactions: Transactions, http: Http, files: Files) -> Mapping[str, Handler]:
    """Every job by its name."""

    def in_one_work(do: Callable[[UnitOfWork], object]) -> Handler:
        def run(_payload: Mapping[str, Any]) -> None:
            with transactions.writing(SYSTEM) as work:
                do(work)

        return run

    letters = mail.mailer(transactions.settings)
    heard = partial(partner_heard_from, transactions)
    patient, pictures = (PatientHttp(http, transactions.clock.now, heard) for _ in range(2))
    return {
        **federation.handlers(transactions, patient, pictures=pictures, files=files),
        accounts.KEEP_ERASURE_JOB: accounts.erasure_keeper(transactions.settings, files),
        "bookings.forget": in_one_work(bookings.forget_old),
        "bookings.sweep": lambda _payload: bookings.sweep(transactions),
        bookings.TURNS_JOB: lambda payload: bookings.offer_turns(transactions, UUID(payload["listing_id"])),
        bookings.QUEUES_JOB: lambda _payload: bookings.sweep_queues(transactions),
        "events.hear": _hearer(transactions),
        "idempotency.forget": in_one_work(lambda work: idempotency.forget_old(work.session, now=work.now)),
        accounts.MAIL_JOB: accounts.link_sender(transactions),
        accounts.FORGET_JOB: in_one_work(accounts.forget_old),
        accounts.EXPIRY_JOB: in_one_work(accounts.expire_recognitions),
        listings.INDEX_JOB: listings.index_handler(transactions),
        "listings.sweep": lambda _payload: listings.sweep(transactions),
        moderation.FORGET_JOB: in_one_work(moderation.forget_old),
        listings.CONFLICTS_JOB: listings.conflicts_handler(transactions),
        **listings.alert_handlers(transactions),
        **listings.photo_handlers(transactions, files),
        **listings.calendar_handlers(transactions, http),
        notifications.MAIL_JOB: notifications.mail_sender(transactions, letters),
        notifications.DIGEST_JOB: lambda _payload: notifications.begin_digests(transactions),
        notifications.DIGEST_MAIL_JOB: notifications.digest_sender(transactions, letters),
        notifications.FORGET_JOB: in_one_work(notifications.forget_old),
    }


def _hearer(transactions: Transactions) -> Handler:
    """The job that carries a fact to one who hears it later."""

    def hear(payload: Mapping[str, Any]) -> None:
        event_id = UUID(payload["event_id"])
        with transactions.reading(SYSTEM) as reading:
            happened = event_log.read(reading.session, event_id, EVENTS)
        if happened is not None:
            LISTENERS[payload["listener"]](transactions, happened, event_id)

    return hear


def schedules(settings: Settings) -> Sequence[Schedule]:
    """What falls due by itself."""
    return [
        *federation.schedules(settings),
        Schedule("bookings.sweep", every=timedelta(seconds=30)),
        Schedule(bookings.QUEUES_JOB, every=timedelta(minutes=10)),
        Schedule("bookings.forget", every=timedelta(hours=1)),
        Schedule("idempotency.forget", every=timedelta(hours=6)),
        Schedule(accounts.FORGET_JOB, every=timedelta(hours=6)),
        Schedule(accounts.EXPIRY_JOB, every=timedelta(hours=1)),
        Schedule(listings.CALENDAR_SWEEP_JOB, every=timedelta(minutes=5)),
        Schedule("listings.sweep", every=timedelta(minutes=10)),
        Schedule(listings.PHOTO_SWEEP_JOB, every=timedelta(days=1)),
        Schedule(moderation.FORGET_JOB, every=timedelta(days=1)),
        Schedule(notifications.DIGEST_JOB, every=timedelta(minutes=10)),
        Schedule(notifications.FORGET_JOB, every=timedelta(days=1)),
    ]


LANES: Sequence[Lane] = [
    Lane(federation.ABROAD, threads=4),
    Lane(federation.PICTURES, threads=1),
    Lane(frozenset({listings.CALENDAR_JOB}), threads=1),
    Lane(frozenset({notifications.MAIL_JOB, notifications.DIGEST_MAIL_JOB}), threads=1),
]
"""What leaves the house: a silent partner holds up no mail, a slow mail server no calendar, and none of them us."""


def open_instance(
    settings: Settings, *, clock: Clock | None = None, http: Http | None = None, heard: Hearing | None = None
) -> Instance:
    """Open the database of these settings and tie everything together. The schema must be current."""
    database = Database(
        settings.resolved_database_url,
        pool_size=settings.pool_size,
        lock_timeout_ms=settings.lock_timeout_ms,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    clock = clock or (TurnableClock() if settings.test_control else SystemClock())
    transactions = Transactions(database, clock, settings, enqueue=queue.enqueue, hearing=heard or hearing())
    files = Files(settings)
    http = http or SafeHttp(allow=frozenset(settings.outbound_allow))
    runner = Runner(
        database.writing,
        transactions.clock,
        handlers(transactions, http, files),
        schedules(settings),
        lanes=LANES,
    )
    transactions.wake = runner.wake
    return Instance(settings, database, transactions, runner, http, files)
