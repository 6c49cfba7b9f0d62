"""Telling somebody what comes while they listen: server-sent events (WHATWG HTML §9.2)."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from app.api.calls import credential
from app.api.doors import Door
from app.api.endpoints import SIGNED_IN
from app.api.streams import RETURN_MS, Stream
from app.kernel.actor import NOBODY, Actor
from app.kernel.news import News
from app.kernel.problems import SignInNeeded, TryAgain
from app.kernel.unit_of_work import Reading

Look = Callable[[Reading, int | None], News[Any]]
"""What came after a position, for who acts; with None only how far it has come."""

STREAM: Final[dict[str, Any]] = {"security": SIGNED_IN}
"""`openapi_extra` of an operation that streams."""


async def tell(request: Request, name: str, find: Look, *, after: int | None) -> Response:
    """A stream of events of this name; raises SignInNeeded before it begins, and ends where it would later.

    `after` is where somebody who was cut off had come to; else it begins with what comes from now on.
    """
    teller = Teller(request, name, find)
    actor, news = await teller.look(after)
    language: str = request.state.language
    headers = {"Cache-Control": "no-store", "Content-Language": language, "X-Accel-Buffering": "no"}
    if getattr(request.state, "only_head", False):
        return Response(headers=headers, media_type=EventSourceResponse.media_type)
    return EventSourceResponse(teller.events(actor, news), headers=headers)


@dataclass(frozen=True)
class Teller:
    """Tells one listener what comes."""

    request: Request
    name: str
    find: Look

    @property
    def door(self) -> Door:
        door: Door = self.request.app.state.door
        return door

    async def look(self, after: int | None) -> tuple[Actor, News[Any]]:
        """What came after a position, and who is asking: whether they still may is seen each time."""
        return await run_sync(self._look, after, limiter=self.door.threads.database)

    def _look(self, after: int | None) -> tuple[Actor, News[Any]]:
        token, _ = credential(self.request)
        with self.door.transactions.reading(NOBODY) as reading:
            reading.actor = self.door.authenticate(reading, token) if token else NOBODY
            if reading.actor.id is None:
                raise SignInNeeded
            return reading.actor, self.find(reading, after)

    async def events(self, actor: Actor, news: News[Any]) -> AsyncIterator[bytes]:
        """First when to come back and where it begins; then what came, what comes, and a sign of life in between."""
        assert actor.id is not None
        begins = news.items[0][0] - 1 if news.items else news.position
        stream, streams = Stream(actor.id, news.position), self.door.streams
        with streams.listening(stream):
            yield format_sse_event(id=str(begins), retry=RETURN_MS)
            while True:
                for part in self._parts(news):
                    yield part
                stream.position = news.position
                if not news.more:
                    await streams.news_of(stream)
                if stream.last_words is not None:
                    yield stream.last_words
                    return
                try:
                    _, news = await self.look(stream.position)
                except (SignInNeeded, TryAgain):
                    return
                if news.position == stream.position:
                    yield format_sse_event(comment="still here")

    def _parts(self, news: News[Any]) -> Iterator[bytes]:
        """The events; and the position alone where what stands there is not for this listener."""
        for position, item in news.items:
            yield format_sse_event(event=self.name, id=str(position), data_str=item.model_dump_json())
        if news.items and news.items[-1][0] != news.position:
            yield format_sse_event(id=str(news.position))
