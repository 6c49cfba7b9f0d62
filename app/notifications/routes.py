"""The inbox, the switches, and the address at which a mail program ends mails of a kind."""

from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import fastapi
from fastapi import Query, Request, Response

from app.api.endpoints import NOT_REPLAYABLE, PublicReading, PublicWork, Reading, Router, Work
from app.api.languages import Language
from app.api.listening import STREAM, tell
from app.api.openapi import problems
from app.api.schemas import Page
from app.kernel.problems import NotFound
from app.notifications import pages, service
from app.notifications.schemas import (
    NotificationQuery,
    NotificationRead,
    SwitchesEdit,
    SwitchesRead,
    UnreadRead,
)

router = Router(prefix="/api/v1/me/notifications", tags=["notifications"])
events_router = Router(prefix="/api/v1", tags=["notifications"])
mail_router = Router(prefix="/api/v1/notifications", tags=["notifications"])

_A_PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/html": {}}, "description": "A page for people."}
}
_EVENTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events, until one of the two sides ends it.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": "id: 41\nretry: 3000\n\nevent: notification\n"
                'data: {"id": "019aa3c0-…", "topic": "requests", "kind": "request", …}\nid: 42\n\n: still here\n\n',
            }
        },
    }
}
LastEventId = Annotated[
    str | None,
    fastapi.Header(
        pattern=r"^(0|[1-9][0-9]{0,15})$",
        description="The last `id` that you heard: what came after it is told first. Browsers send it by themselves.",
        examples=["41"],
    ),
]
OffToken = Annotated[
    str,
    fastapi.Path(
        pattern=r"^[A-Za-z0-9_-]{1,200}$", description="From the header `List-Unsubscribe` of a mail."
    ),
]


@router.get("", summary="Read what you were told")
def page(
    reading: Reading, query: Annotated[NotificationQuery, Query()], language: Language
) -> Page[NotificationRead]:
    """Newest first, in the language you ask for, kept for 90 days."""
    return Page[NotificationRead].model_validate(service.page(reading, query, language=language))


@router.get("/unread-count", summary="Count what is new")
def unread(reading: Reading) -> UnreadRead:
    """How many notifications you have not read yet."""
    return service.unread(reading)


@router.post("/read-all", summary="Say that you have read everything")
def read_all(work: Work) -> UnreadRead:
    """Everything that is in your inbox now counts as read."""
    return service.mark_all_read(work)


@router.get("/settings", summary="See how you hear of what")
def switches(reading: Reading) -> SwitchesRead:
    """For every topic: when mails come, and whether it stands in the inbox."""
    return service.switches(reading)


@router.patch("/settings", summary="Switch how you hear of what")
def switch(change: SwitchesEdit, work: Work) -> SwitchesRead:
    """Switch what you send; the rest stays. What concerns your account, and that a promise is called off, comes in any
    case.
    """
    return service.switch(work, change)


@router.post("/{notification_id}/read", summary="Say that you have read it", responses=problems(NotFound))
def read(work: Work, notification_id: UUID, language: Language) -> NotificationRead:
    """Saying it again changes nothing."""
    return service.mark_read(work, notification_id, language=language)


@events_router.get(
    "/events",
    summary="Hear at once what you are told",
    response_class=Response,
    openapi_extra=STREAM,
    responses=_EVENTS,
)
async def listen(request: Request, language: Language, last_event_id: LastEventId = None) -> Response:
    """Server-sent events (`EventSource` in a browser): each notification of your inbox as an event `notification`,
    whose data is an item of `GET /api/v1/me/notifications`, a second or two after it was written. Whatever others do
    about your bookings comes this way, and messages, too.

    `id` is the position in your inbox. Without `Last-Event-ID` you hear what comes from now on; with it nothing is
    lost and nothing told twice; with a position that your inbox has not come to, you hear what comes from now on.
    A comment every 15 seconds is a sign of life. The stream ends when your session does, and when the instance
    restarts: come back after `retry` milliseconds, as browsers do.

    You have at most five streams at a time (per process of the instance): a sixth ends the oldest, which is told to
    come back after a minute. Say who you are as everywhere, by cookie or by `Authorization`; there is no token in the
    address, so a foreign page uses `fetch` and not `EventSource`.
    """
    after = int(last_event_id) if last_event_id else None
    return await tell(request, "notification", partial(service.news, language=language), after=after)


@mail_router.get(
    "/off/{mail_token}",
    summary="Ask whether mails of a kind should end",
    response_class=Response,
    responses=_A_PAGE | problems(NotFound),
)
def ask(reading: PublicReading, mail_token: OffToken, language: Language) -> Response:
    """For people whose mail program opens the address from `List-Unsubscribe`: looking changes nothing."""
    topic = service.topic_to_silence(reading, mail_token)
    return pages.ask(topic, language, home=reading.settings.public_url)


@mail_router.post(
    "/off/{mail_token}",
    summary="End mails of a kind",
    response_class=Response,
    openapi_extra=NOT_REPLAYABLE,
    responses=_A_PAGE | problems(NotFound),
)
def silence(work: PublicWork, mail_token: OffToken, language: Language) -> Response:
    """One click (RFC 8058): no more mails of this mail's topic. It can be switched on again in the settings."""
    topic = service.silence(work, mail_token)
    return pages.done(topic, language, home=work.settings.public_url)


routers = (router, events_router, mail_router)
