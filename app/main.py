"""The application: the only room that knows all the others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import anyio
from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from app import logs, wiring
from app.accounts.routes import routers as accounts
from app.api import openapi, problem_responses
from app.api.docs import router as docs
from app.api.doors import Door, Threads
from app.api.explained import router as explained
from app.api.health import router as health
from app.api.middleware import Surroundings
from app.api.rates import Rates
from app.api.streams import Streams
from app.bookings.routes import routers as bookings
from app.federation.routes import routers as federation
from app.listings.routes import routers as listings
from app.moderation.routes import routers as moderation
from app.notifications.routes import routers as notifications
from app.settings import Settings
from app.test_control import routes as test_control
from app.web import errors as pages_lost
from app.web.pages import routers as pages
from app.wiring import Instance

EXPOSED = [
    "ETag", "Location", "Link", "RateLimit", "RateLimit-Policy", "Retry-After",
    "Idempotency-Replayed", "Deprecation", "Sunset", "X-Request-Id",
]  # fmt: skip
TAGS = [
    {"name": name, "description": description}
    for name, description in {
        "instance": "What this instance is and how it does things.",
        "accounts": "Registering, confirming an address, resetting a password.",
        "sessions": "Signing in and out.",
        "me": "The person who is signed in: their page, their data, their leaving.",
        "organisations": "Associations, initiatives and public bodies, and who belongs to them.",
        "recognition": "Whether an organisation serves the common good: it submits a proof, the staff decide.",
        "categories": "The one tree of categories that all instances share.",
        "listings": "Things, rooms, know-how and time that are offered or wanted, and when they are free.",
        "saved-searches": "Searches that you keep, and that tell you of what is new.",
        "bookings": "One ask for one listing and one stretch of time, from the request to the return.",
        "booking-groups": "One ask for several listings at once, each provider answering for their part.",
        "series": "One ask for several dates at once, answered per date.",
        "calendars": "Bookings in the calendars that people use already.",
        "partners": "Other regions, for the staff: inviting, pairing, suspending, and how each exchange goes.",
        "reports": "Saying that something is wrong, and objecting to what was decided about it.",
        "moderation": "What waits for the staff: reports, objections, listings in review.",
        "admin": "What the staff did, and the numbers of the region.",
        "notifications": "What you were told: the inbox, and how you hear of what.",
        "meta": "The rules of the house as data.",
        "health": "Probes for whoever runs an instance.",
        "problems": "What a refusal means and what to do: the `type` of every problem can be opened.",
    }.items()
]
ACCEPTED = ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID"]


def create_app(settings: Settings | None = None, *, instance: Instance | None = None) -> FastAPI:
    """The application of one instance. Give an `Instance` to share one already open (tests, the demo)."""
    settings = settings or (instance.settings if instance else Settings())
    opened = instance or wiring.open_instance(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logs.configure(settings)
        opened.prepare()
        app.state.door = _door(opened)
        if settings.jobs == "embedded":
            opened.runner.start()
        yield
        app.state.door.streams.end()
        if instance is None:
            opened.close()
        else:
            opened.runner.stop(timeout=10)

    app = FastAPI(
        title="depot",
        version="1",
        description="The REST API of one depot instance.",
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=TAGS,
        routes=_routes(),
    )
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign] # FastAPI's documented way
    problem_responses.install(app)
    pages_lost.install(app)
    if settings.test_control:
        app.include_router(test_control.router(opened.transactions))
    _surround(app, settings)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Every route of every room. They know nothing of an instance, and FastAPI reads each signature once, at the first
    request: all instances of a process share what it read.
    """
    every = APIRouter(generate_unique_id_function=openapi.operation_id)
    domains = (*listings, *bookings, *moderation, *federation, *notifications)
    rooms = (*accounts(wiring.EXPORTS), *domains, *pages)
    for router in (health, docs, explained, *rooms):
        every.include_router(router)
    return every.routes


def _door(instance: Instance) -> Door:
    settings = instance.settings
    tokens = settings.sqlite_threads if instance.database.is_sqlite else settings.postgres_threads
    database = anyio.CapacityLimiter(min(tokens, settings.pool_size - 1))
    return Door(
        transactions=instance.transactions,
        authenticate=wiring.authenticate,
        threads=Threads(database=database, slow=anyio.CapacityLimiter(2)),
        streams=Streams(instance.transactions, wiring.positions, database),
        files=instance.files,
        http=instance.http,
    )


def _surround(app: FastAPI, settings: Settings) -> None:
    app.add_middleware(
        Surroundings,
        default_language=settings.language,
        max_body_bytes=settings.max_body_bytes,
        max_photo_bytes=settings.max_photo_bytes,
        is_https=settings.is_https,
        rates=Rates(settings.rate_per_minute),
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=ACCEPTED,
            expose_headers=EXPOSED,
            max_age=600,
        )
