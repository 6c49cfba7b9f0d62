"""One visit, one thread hop, one unit of work, committed before the page leaves.

A page is a function over a `Visit`. Read pages look; form pages change and lead on. What a form is refused is shown by
the page named as `again`, in a look of its own, with what was typed still there.
"""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.accounts import service as accounts
from app.accounts.schemas.people import MeRead
from app.api.calls import ANEW
from app.api.doors import Desk, Door
from app.kernel.actor import NOBODY, Actor
from app.kernel.problems import NotFound, Overtaken, Problem, SignInNeeded
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.notifications import service as notifications
from app.settings import Settings
from app.web import rendering, session
from app.web.forms import MANY, Form
from app.web.tapping import once

SEE_OTHER: Final = 303


@dataclass(frozen=True)
class Visit:
    """One request of a browser. `look` is what pages read by; `work`, on form pages, what they change by."""

    door: Door
    request: Request
    form: Form
    language: str
    look: Reading | None = None
    problem: Problem | None = None
    typed: Form = field(default_factory=Form)

    @property
    def reading(self) -> Reading:
        """The look, or the unit of work, of this visit."""
        assert self.look is not None, "a desk page opens its own units of work"
        return self.look

    @property
    def work(self) -> UnitOfWork:
        """The unit of work of a form page."""
        assert isinstance(self.look, UnitOfWork), "only form pages change anything"
        return self.look

    @property
    def actor(self) -> Actor:
        return self.reading.actor

    @property
    def settings(self) -> Settings:
        return self.door.settings

    @property
    def zone(self) -> ZoneInfo:
        """The clocks by which dates and times of this instance are shown and entered."""
        return ZoneInfo(self.settings.time_zone)

    @cached_property
    def query(self) -> Form:
        return Form(dict(self.request.query_params))

    @cached_property
    def me(self) -> MeRead | None:
        """The person who is signed in."""
        return accounts.me(self.reading) if self.look and self.actor.is_somebody else None

    @cached_property
    def unread(self) -> int:
        """How many notices the signed-in person has not read."""
        return notifications.unread(self.reading).unread if self.me else 0

    @property
    def csrf(self) -> str:
        return session.csrf_token(session.token_of(self.request))

    @property
    def here(self) -> str:
        """The address of this page with its query, to come back to."""
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "")

    def id(self, name: str) -> UUID:
        """An id in the path; what is none leads nowhere."""
        try:
            return UUID(self.request.path_params[name])
        except ValueError:
            raise NotFound from None

    def require_person(self) -> MeRead:
        """The person who is signed in; raises SignInNeeded, which leads to the sign-in and back here."""
        if self.me is None:
            raise SignInNeeded
        return self.me

    def page(self, template: str, /, **facts: Any) -> Response:
        """Show a template; after a refusal with the refusal's status."""
        status = self.problem.status if self.problem else 200
        return rendering.page(self, template, facts, status=status)

    def desk(self, actor: Actor) -> Desk:
        """What services get that do something slow between their units of work."""
        client = self.request.client.host if self.request.client else ""
        return Desk(self.door.transactions, actor, self.language, client, self.door.files, self.door.http)


Page = Callable[[Visit], Response]
Run = Callable[[Page, Visit], Response]
"""In which units of work a page is served."""


def leads_to(path: str, **query: str) -> Response:
    """Lead the browser to another of our pages."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, SEE_OTHER)


class Pages:
    """The pages of one domain."""

    def __init__(self) -> None:
        self.router = APIRouter(include_in_schema=False, redirect_slashes=False)

    def shows(self, path: str) -> Callable[[Page], Page]:
        """A page to look at."""
        return partial(self._add, path, "GET", _look)

    def takes(self, path: str, *, again: Page) -> Callable[[Page], Page]:
        """A form whose effect is one unit of work; refused, the page `again` shows why."""
        return partial(self._add, path, "POST", partial(_form, _in_one_work, again))

    def takes_slowly(self, path: str, *, again: Page) -> Callable[[Page], Page]:
        """A form whose use case opens its own units of work at a desk: passwords, photos."""
        return partial(self._add, path, "POST", partial(_form, _at_desk, again), slow=True)

    def _add(self, path: str, method: str, run: Run, page: Page, *, slow: bool = False) -> Page:
        self.router.add_api_route(path, _endpoint(page, run, slow=slow), methods=[method])
        return page


def _endpoint(page: Page, run: Run, *, slow: bool) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def serve(request: Request) -> Response:
        if request.method != "POST":
            return await answer(request, Form())
        async with request.form(max_files=20, max_fields=MANY, max_part_size=64 * 1024) as data:
            return await answer(request, Form(data))

    async def answer(request: Request, form: Form) -> Response:
        door: Door = request.app.state.door
        visit = Visit(door, request, form, session.language_of(request))
        limiter = door.threads.slow if slow else door.threads.database
        return await run_sync(partial(_served, page, run, visit), limiter=limiter)

    serve.__name__, serve.__doc__ = page.__name__, page.__doc__
    return serve


def _served(page: Page, run: Run, visit: Visit) -> Response:
    try:
        return run(page, visit)
    except SignInNeeded:
        back = visit.here if visit.request.method == "GET" else "/"
        return leads_to("/sign-in", next=back)
    except Problem as problem:
        return refused(visit, problem)


def refused(visit: Visit, problem: Problem) -> Response:
    """A page that says what is wrong, where there is no better one."""
    with visit.door.transactions.reading(NOBODY) as look:
        look.actor = _actor(visit, look)
        answer = replace(visit, look=look, problem=problem).page("problem.html")
    answer.headers.update({name: value for name, value in problem.headers.items() if name == "Retry-After"})
    return answer


def _look(page: Page, visit: Visit) -> Response:
    with visit.door.transactions.reading(NOBODY) as look:
        look.actor = _actor(visit, look)
        return page(replace(visit, look=look))


def _form(take: Run, again: Page, page: Page, visit: Visit) -> Response:
    session.require_own_page(visit.request, visit.form.get("csrf", ""), visit.settings.public_url)
    try:
        return take(page, visit)
    except SignInNeeded:
        raise
    except Problem as problem:
        return _again(again, visit, problem)


def _in_one_work(page: Page, visit: Visit) -> Response:
    for _ in range(ANEW):  # as the API does: whom others have overtaken has changed nothing
        with suppress(Overtaken):
            return _changed(page, visit)
    return _changed(page, visit)


def _changed(page: Page, visit: Visit) -> Response:
    with visit.door.transactions.writing(NOBODY) as work:
        work.actor = _actor(visit, work)
        return once(work, visit, partial(page, replace(visit, look=work)))


def _at_desk(page: Page, visit: Visit) -> Response:
    return page(visit)


def _again(again: Page, visit: Visit, problem: Problem) -> Response:
    with visit.door.transactions.reading(NOBODY) as look:
        look.actor = _actor(visit, look)
        if problem.afterwards:
            problem.members |= problem.afterwards(look)
        return again(replace(visit, look=look, problem=problem, typed=visit.form))


def actor_of(visit: Visit) -> Actor:
    """Who is there, for pages that work at a desk."""
    with visit.door.transactions.reading(NOBODY) as look:
        return _actor(visit, look)


def own_desk(visit: Visit) -> Desk:
    """The desk of who is signed in; raises SignInNeeded."""
    actor = actor_of(visit)
    if not actor.is_somebody:
        raise SignInNeeded
    return visit.desk(actor)


def _actor(visit: Visit, look: Reading) -> Actor:
    token = session.token_of(visit.request)
    return visit.door.authenticate(look, token) if token else NOBODY


def address(path: str, query: Mapping[str, Any]) -> str:
    """A path with those parameters that say something."""
    said = {name: str(value) for name, value in query.items() if value not in (None, "", False)}
    return f"{path}?{urlencode(said, quote_via=quote)}" if said else path
