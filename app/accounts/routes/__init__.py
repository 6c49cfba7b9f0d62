"""The doors of accounts. `routers` gives all of them to the application."""

from collections.abc import Callable, Mapping
from uuid import UUID

from app.accounts.routes import assisting, instance, me, organisations, recognition, registering, sessions
from app.api.endpoints import Router
from app.kernel.unit_of_work import Reading

Section = Callable[[Reading, UUID], object]
"""What a room knows about a person, for their export."""


def routers(sections: Mapping[str, Section]) -> list[Router]:
    """All routers of this room; `sections` are what other rooms add to a person's export, by name."""
    return [
        instance.router,
        registering.router,
        sessions.router,
        me.router,
        me.export_router(sections),
        organisations.router,
        recognition.router,
        assisting.router,
        assisting.export_router(sections),
    ]
