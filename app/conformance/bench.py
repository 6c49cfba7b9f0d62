"""The bench on which an instance is judged: what it says of itself, who we are to it, and what we may make it do."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, TypeVar

from app.conformance import wire
from app.conformance.stranger import Origin, Stranger
from app.conformance.wire import Answer, Forged, Silent

T = TypeVar("T")
OK: Final = HTTPStatus.OK
LIMITS: Final = (1, 7, 500, 1000)
_PAUSES: Final = (0.2, 1.0, 3.0)
_MOST_PAGES: Final = 20_000


class Broken(Exception):
    """The rule does not hold; the text says what was seen."""


class NotJudged(Exception):
    """The rule could not be looked at; the text says why."""


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Verdict:
    """What became of one rule."""

    rule: str
    words: str
    result: Result
    reason: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule of the document, and how it is looked at from outside."""

    name: str
    words: str
    judge: "Callable[[Bench], None]"

    def verdict(self, bench: "Bench") -> Verdict:
        """Look. Whatever is odd about an answer is the judged instance's failure, not ours."""
        try:
            self.judge(bench)
        except NotJudged as why:
            return Verdict(self.name, self.words, Result.NOT_JUDGED, str(why))
        except (Broken, Silent, Forged) as broken:
            return Verdict(self.name, self.words, Result.FAILED, str(broken))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OSError) as odd:
            reason = f"an answer is not as it must be ({type(odd).__name__}: {odd})"
            return Verdict(self.name, self.words, Result.FAILED, reason[:300])
        finally:
            bench.origin.spoil = None  # what one rule spoils is whole again for the next
        return Verdict(self.name, self.words, Result.PASSED)


def require(condition: object, reason: str) -> None:
    """The rule holds only if this does."""
    if not condition:
        raise Broken(reason)


class Control:
    """The judged instance's own hands, lent to us for the test (section 19.3 of the document)."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self.can = frozenset(self._answer(wire.send("GET", self._url))["can"])

    def do(self, what: str, **said: Any) -> dict[str, Any]:
        """Have something done. NotJudged where the instance does not offer it."""
        if what not in self.can:
            raise NotJudged(f"its test control cannot {what}")
        body, json = wire.to_json(said), {"Content-Type": "application/json"}
        for pause in (*_PAUSES, None):
            answer = wire.send("POST", f"{self._url}/{what}", json, body, seconds=120)
            if pause is None or answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause)  # a crowd of writers is no fault of its
        return self._answer(answer)

    def _answer(self, answer: Answer) -> dict[str, Any]:
        if answer.status != OK:
            raise Broken(
                f"the test control answers {answer.status} {answer.body[:120].decode('utf-8', 'replace')}"
            )
        found = answer.json()
        return found if isinstance(found, dict) else {}


@dataclass
class Bench:
    """Everything a rule may look at."""

    url: str
    partner: Stranger
    second: Stranger
    origin: Origin
    invites: list[Mapping[str, Any]]
    control: Control | None
    items: int = 60
    patience: float = 30
    says: dict[str, Any] = field(default_factory=dict)
    documents: list[dict[str, str]] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)
    seeded: dict[str, str] = field(default_factory=dict)
    paired: bool = False
    second_paired: bool = False
    ended: bool = False
    mark: str = field(default_factory=lambda: f"m{secrets.token_hex(4)}")
    """A word of this run. A letter leads: eight digits would be withheld as somebody's telephone number."""

    @property
    def base(self) -> str:
        return str(self.keys.get("base") or self.says.get("base") or f"{self.url}/dfp/v1").rstrip("/")

    def offers(self, level: str) -> bool:
        return level in self.says.get("levels", [])

    def hands(self) -> Control:
        """The test control, or NotJudged."""
        if self.control is None:
            raise NotJudged("it needs the instance's test control (--control)")
        return self.control

    def need_partner(self) -> Stranger:
        """Ourselves as a partner, or NotJudged."""
        if not self.paired:
            raise NotJudged("there is no partnership (--invite, or a test control that invites)")
        if self.ended:
            raise NotJudged("the partnership is over")
        return self.partner

    def open_invite(self) -> Mapping[str, Any]:
        """An invite that can be answered now; the clock may have been turned beyond the one we came with."""
        if self.control is not None and "invite" in self.control.can:
            return wire.read_invite(self.control.do("invite")["invite"])
        return self.invites[0]

    def need_second(self) -> Stranger:
        if not self.second_paired:
            raise NotJudged("it needs a second partnership (a second --invite)")
        return self.second

    def need_loans(self) -> Stranger:
        partner = self.need_partner()
        if not self.offers("L3"):
            raise NotJudged("the instance does not offer loans (L3)")
        return partner

    def need_notices(self) -> Stranger:
        partner = self.need_partner()
        if not self.offers("L2"):
            raise NotJudged("the instance does not take notices (L2)")
        return partner

    def ask(
        self, method: str, path: str, body: Any = None, *, who: Stranger | None = None, **more: Any
    ) -> Answer:
        """A signed request of ours under the instance's base."""
        return (who or self.need_partner()).ask(method, self.base + path, body, **more)

    def page(
        self, after: str = "", limit: int | None = None, *, kind: str = "listing", who: Stranger | None = None
    ) -> dict[str, Any]:
        """One page of a feed. Broken if there is none."""
        asked = [f"after={after}"] if after else []
        asked += [f"limit={limit}"] if limit is not None else []
        path = f"/feeds/{kind}" + (f"?{'&'.join(asked)}" if asked else "")
        answer = self.ask("GET", path, who=who)
        require(answer.status == OK, f"GET {path[:60]} answers {answer}")
        page: dict[str, Any] = answer.json()
        require(page["after"] == after, "the page does not repeat the cursor of the question in `after`")
        require(page["instance"] == self.says["instance"], "the page is of another instance")
        require(page["kind"] == kind, "the page is of another kind")
        return page

    def pages(self, after: str = "", limit: int | None = None, **more: Any) -> Iterator[dict[str, Any]]:
        """From a cursor to the end."""
        for _ in range(_MOST_PAGES):
            page = self.page(after, limit, **more)
            yield page
            if not page["more"]:
                return
            require(page["cursor"] != after, "a page promises more and its cursor does not move")
            after = page["cursor"]
        raise Broken(f"a walk does not end within {_MOST_PAGES} pages")

    def walk(
        self, after: str = "", limit: int | None = None, **more: Any
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Every entry from a cursor on, in order, and the last page."""
        pages = list(self.pages(after, limit, **more))
        return [entry for page in pages for entry in page["items"]], pages[-1]

    def copy(self, limit: int | None = None) -> dict[str, dict[str, Any]]:
        """What a reader holds after a whole walk: the last entry of each id."""
        return {entry["id"]: entry for entry in self.walk(limit=limit)[0]}

    def until(self, look: Callable[[], T], what: str) -> T:
        """What `look` finds, as soon as it finds something."""
        ends = time.monotonic() + self.patience
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() > ends:
                raise Broken(f"{what} within {self.patience:g} s")
            time.sleep(0.05)

    def create(self, number: int | str = "", **fields: Any) -> str:
        """A shared listing, made by the instance's own hands; answers its id."""
        title = f"{self.mark} {number}".strip()
        made = str(self.hands().do("create", title=title, **fields)["id"])
        self.seeded[made] = title
        return made

    def appears(self, item_id: str, after: str = "", state: str = "active") -> dict[str, Any]:
        """The entry of an item once the feed has it in this state."""

        def look() -> dict[str, Any] | None:
            found = [
                entry for entry in self.walk(after)[0] if entry["id"] == item_id and entry["state"] == state
            ]
            return found[-1] if found else None

        return self.until(look, f"a listing does not become {state} in the feed") or {}

    def turn_clock(self, seconds: int) -> None:
        """Turn the instance's clock and ours ahead together."""
        self.hands().do("clock", offset_seconds=self.partner.ahead + seconds)
        for stranger in (self.partner, self.second):
            stranger.ahead += seconds
