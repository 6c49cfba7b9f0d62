"""A page of a feed over HTTP: known already, packed once for all who ask, or waited for."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request, Response

from app.federation.choosing import Choice
from app.federation.cursor import FeedPosition
from app.federation.problems import SchemaInvalid
from app.federation.protocol import v1
from app.federation.routes import packing
from app.federation.routes.incoming import Incoming, door_of, in_one_thread, meeting_keys, read
from app.federation.routes.packing import Packed
from app.federation.service import erasing, feeds
from app.federation.service.feeds import FeedPage, FeedQuery
from app.federation.waiting import LONGEST_SECONDS, LOOK_EVERY_SECONDS, Room
from app.kernel.actor import NOBODY, SYSTEM
from app.kernel.problems import TryAgain
from app.kernel.unit_of_work import Transactions
from app.kernel.watching import Watch

_PRIVATE: Final = "private, no-cache"
_LONGEST_NUMBER: Final = 12

router = APIRouter(include_in_schema=False, redirect_slashes=False)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, and what the reader can do with the answer."""

    kind: str
    query: FeedQuery
    wait: int
    accept_encoding: str
    if_none_match: str


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look has found: an answer, whose it is, and where the feed stands while there is nothing new."""

    answer: Response
    partner_id: UUID
    feed: str
    quiet_at: FeedPosition | None


@router.get(f"{v1.PATH}/feeds/{{kind}}")
async def feed(request: Request) -> Response:
    """A page of our catalogue, or of what became of the partner's residents' requests.

    With `wait`, an answer that would bring nothing new is held back until there is something, or the time is over;
    meanwhile neither a thread nor a connection is held. The partner is looked at again before it is answered.
    """
    incoming = await read(request)
    question = _question(request)
    pages = _pages(request.app)
    first = await in_one_thread(
        request, partial(meeting_keys, incoming, partial(_first_look, incoming, question, pages))
    )
    if not question.wait or first.quiet_at is None:
        return first.answer
    watch, room = _watch(request)
    with room.taken(str(first.partner_id)) as free:
        if not free or not await watch.until_moved(first.feed, first.quiet_at, seconds=question.wait):
            return first.answer
    again = partial(_look_again, incoming.transactions, first.partner_id, question, pages)
    return await in_one_thread(request, again)


def _question(request: Request) -> _Question:
    query = dict(request.query_params)
    return _Question(
        kind=request.path_params["kind"],
        query=FeedQuery(
            after=query.get("after", ""),
            limit=_number(query, "limit", default=feeds.DEFAULT_LIMIT, least=1),
            choice=Choice.read(near=query.get("near"), category=query.get("category")),
        ),
        wait=min(_number(query, "wait", default=0, least=0), LONGEST_SECONDS),
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )


def _number(query: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text[:_LONGEST_NUMBER]) < least:
        raise SchemaInvalid.at([name])
    return int(text[:_LONGEST_NUMBER])


class _AtHand:
    """Whether the reader has a page already, or we have it packed; keeps hold of what was found."""

    def __init__(self, question: _Question, pages: Packed) -> None:
        self._question = question
        self._pages = pages
        self.known = False
        self.packed: bytes | None = None

    def __call__(self, tag: str) -> bool:
        self.known = packing.is_known(tag, self._question.if_none_match)
        if not self.known:
            self.packed = self._pages.get(tag)
        return self.known or self.packed is not None

    def answer(self, found: FeedPage) -> Response:
        if self.known:
            return packing.not_modified(found.tag, _PRIVATE)
        if found.body is not None and (packed := packing.pack(found.body)):
            self.packed = packed
            self._pages.keep(found.tag, packed)
        if self.packed is not None and packing.takes_gzip(self._question.accept_encoding):
            return packing.tagged(self.packed, found.tag, _PRIVATE, gzipped=True)
        # To unpack a page takes a fraction of what it takes to put it together.
        raw = packing.unpacked(self.packed or b"") if found.body is None else found.body
        return packing.tagged(raw, found.tag, _PRIVATE, gzipped=False)


def _first_look(incoming: Incoming, question: _Question, pages: Packed) -> _Look:
    at_hand = _AtHand(question, pages)
    with incoming.reading() as (look, partner):
        found = feeds.page(look, partner, question.kind, question.query, has=at_hand)
        after = question.query.after if question.kind == v1.Kind.LISTING else ""
        is_news = after and erasing.is_worth_noting(look, partner.id, after, at_end=found.at_end)
    if is_news:
        with suppress(TryAgain):  # a crowd of writers keeps no page back; the next pull says as much
            erasing.note_pull(incoming.transactions, partner.id, after)
    quiet_at = found.position if found.at_end else None
    return _Look(at_hand.answer(found), partner.id, found.feed, quiet_at)


def _look_again(transactions: Transactions, partner_id: UUID, question: _Question, pages: Packed) -> Response:
    """The same for a partner whose signature was verified before the wait; what it may do now counts."""
    at_hand = _AtHand(question, pages)
    with transactions.reading(NOBODY) as look:
        found = feeds.page(look, feeds.reader(look, partner_id), question.kind, question.query, has=at_hand)
    return at_hand.answer(found)


def _pages(app: FastAPI) -> Packed:
    """The packed pages of this process."""
    if not hasattr(app.state, "feed_pages"):
        app.state.feed_pages = Packed()
    pages: Packed = app.state.feed_pages
    return pages


def _watch(request: Request) -> tuple[Watch[str, FeedPosition], Room]:
    """The watch of this process, and who waits at it."""
    state = request.app.state
    if not hasattr(state, "feed_watch"):
        transactions = door_of(request).transactions

        def look(_feeds: Collection[str]) -> Mapping[str, FeedPosition]:
            with transactions.reading(SYSTEM) as reading:
                return feeds.positions(reading)

        watch = Watch(lambda some: in_one_thread(request, partial(look, some)), every=LOOK_EVERY_SECONDS)
        state.feed_watch = (watch, Room())
    found: tuple[Watch[str, FeedPosition], Room] = state.feed_watch
    return found
