"""Two regions that borrow one thing of a third, over a network that loses, doubles and delays, between crashes.

The rules are the application's own: the table of the lifecycle, what a view is to somebody who holds another
(`believe`), what a view says of a row (`as_told`), which command goes next, what a command is to whoever gets it. Only
databases and HTTP are replaced: rows are kept in lists, and messages lie in a bag out of which any may come next.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import UUID

from app.bookings.rules.exchange import CONSENTS, FORGOTTEN, Belief, Source, believe
from app.bookings.rules.moves import Move, after, allowed_actions, outcome_of
from app.bookings.rules.states import takes_units
from app.bookings.rules.words import Action, Effect, Role, State, Tail
from app.bookings.schemas import RemoteView
from app.bookings.service.believing import as_told
from app.bookings.service.telling import as_it_stands
from app.bookings.service.values import facts_of
from app.bookings.tables import Booking
from app.federation.commands import CREATE, MESSAGE, After, Claim, after_refusal, claim, next_to_send
from app.kernel import versions
from app.kernel.problems import Problem
from app.listings.problems import SlotTaken

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
START, END = BEGIN + timedelta(hours=25), BEGIN + timedelta(days=20)
LISTING = UUID(int=1)


class TwoAtOnce(AssertionError):
    """One thing is promised twice."""


def row_of(**columns: Any) -> Booking:
    """A row without a database: making and copying real ones is what such a model would spend its time on."""
    return cast("Booking", SimpleNamespace(**_COLUMNS | columns))


_COLUMNS: Final[dict[str, Any]] = dict.fromkeys(Booking.model_fields) | {
    "listing_id": LISTING, "tail": Tail.EQUIPMENT, "state": State.REQUESTED, "starts_at": START, "ends_at": END, "units": 1,
    "terms": {}, "instant": False, "request_holds": True, "answer_hours": 240, "turn_hours": 48, "access_at_once": False,
    "provider_id": UUID(int=9), "counters": 0, "passes": 0, "units_handed_over": 0, "units_out": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """The rules under test; one of them may be taken away."""

    claim: Callable[[str | None, str], Claim] = claim
    next_to_send: Callable[[Sequence[Any]], Any] = next_to_send
    believe: Callable[[int | None, int, Source], Belief] = believe


@dataclass
class Ask:
    """A command in an outbox; `number` counts what this borrower asked."""

    rid: int
    number: int
    action: str
    seen: int | None = None
    pending: bool = True

    @property
    def id(self) -> tuple[int, int]:
        return self.rid, self.number


@dataclass
class Row:
    """A loan as the borrower's region shows it."""

    told: dict[str, Any]
    messages: int = 0
    for_people: bool = False

    def forget(self) -> None:
        """The partner does not know of it: if it ever did, people are asked."""
        if "remote_rev" in self.told:
            self.told["remote_rev"], self.for_people = FORGOTTEN, True


@dataclass
class Supplier:
    """The provider's region: loans, what was carried out, and a feed for each partner. All of it is restored at once."""

    holds: bool
    loans: dict[int, Booking] = field(default_factory=dict)
    of: dict[int, int] = field(default_factory=dict)
    effects: dict[int, list[int]] = field(default_factory=dict)
    answered: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    feeds: dict[int, dict[int, tuple[int, RemoteView]]] = field(default_factory=dict)
    head: int = 0
    reached: list[State] = field(default_factory=list)

    def create(self, ask: Ask, who: int, now: datetime) -> None:
        self._free_or_refuse(requests_hold=self.holds)
        loan = row_of(
            id=UUID(int=ask.rid), since=now, request_holds=self.holds, holds_units=self.holds, version=1
        )
        self.loans[ask.rid], self.of[ask.rid], self.effects[ask.rid] = loan, who, [ask.number]

    def act(self, loan: Booking, action: str, role: Role, now: datetime, seen: int | None = None) -> None:
        """Take a step, as `service.act` does: by the table, with the calendar asked where units are taken anew."""
        versions.require(seen, loan.version)
        move = after(loan.tail, loan.state, Action(action), {role}, facts=facts_of(loan), now=now)
        takes = takes_units(loan.tail, move.target, request_holds=loan.request_holds, before=loan.holds_units)
        if takes and not loan.holds_units:
            self._free_or_refuse(requests_hold=True)
        _do(loan, move, now)
        loan.holds_units = takes
        if move.changes_state:
            loan.outcome = outcome_of(move, facts_of(loan), now)
            loan.state, loan.since = move.target, now
            self.reached.append(move.target)
        loan.version += 1

    def _free_or_refuse(self, *, requests_hold: bool) -> None:
        if requests_hold and any(loan.holds_units for loan in self.loans.values()):
            raise SlotTaken(reasons=[], free_units=0, calendar_version=1)

    def require_one_promise(self) -> None:
        taken = [loan for loan in self.loans.values() if loan.holds_units and loan.state in _PROMISES]
        if len(taken) > 1:
            raise TwoAtOnce(taken)

    def publish(self, now: datetime) -> None:
        for rid, loan in self.loans.items():
            feed = self.feeds.setdefault(self.of[rid], {})
            if rid not in feed or feed[rid][1].rev != loan.version:
                self.head += 1
                feed[rid] = (self.head, as_it_stands(loan, UUID(int=rid), now))


_PROMISES = frozenset({State.CONFIRMED, State.READY, State.HANDED_OVER, State.RETURN_REPORTED})


_ENDINGS = frozenset(
    {
        Action.DECLINE,
        Action.WITHDRAW,
        Action.CANCEL,
        Action.RAISE_CASE,
        Action.MARK_LOST,
        Action.NOT_COLLECTED,
    }
)


def _do(loan: Booking, move: Move, now: datetime) -> None:
    """What the effects leave in the row, as far as guards look at it."""
    match move.row.effect:
        case Effect.NEW_TERMS:
            loan.counters += 1
            loan.counter = _offer(loan, move.role, now)
        case Effect.REMEMBER_CHANGE:
            loan.change = _offer(loan, move.role, now)
        case Effect.AGREED_TERMS:
            loan.ends_at += timedelta(hours=1)
            loan.change = None
        case Effect.FORGET_CHANGE:
            loan.change = None
        case Effect.RECORD_HAND_OVER:
            loan.units_handed_over = loan.units_out = 1
        case Effect.ACKNOWLEDGE:
            loan.acknowledged_at = now
        case Effect.RECORD_RETURN:
            loan.units_out = 0
        case Effect.REMEMBER_YES:
            loan.spoke = move.role
    if move.target not in (State.REQUESTED, State.COUNTERED):
        loan.counter = None


def _offer(loan: Booking, role: Role, now: datetime) -> dict[str, Any]:
    return {
        "starts_at": loan.starts_at.isoformat(), "ends_at": loan.ends_at.isoformat(), "units": 1, "place_note": None,
        "condition": None, "price": None, "by": role, "since": now.isoformat(),
    }  # fmt: skip


@dataclass
class Requester:
    """A borrower's region: what it shows, what it still has to ask, and how far it has read."""

    name: int
    rows: dict[int, Row] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)
    epoch: int = -1
    seq: int = 0
    walking: bool = True
    met: set[int] = field(default_factory=set)

    def waiting(self, rid: int) -> list[Ask]:
        return [ask for ask in self.asks if ask.rid == rid and ask.pending]

    def hear(self, rid: int, view: RemoteView, source: Source, rules: Rules) -> None:
        row = self.rows[rid]
        if rules.believe(row.told.get("remote_rev"), view.rev, source) is not Belief.STALE:
            row.told |= as_told(None, {}, view)


class World:
    """One script: what people do and what the network does, in a random order; then everything is let run out."""

    def __init__(self, seed: int, rules: Rules) -> None:
        self.random, self.rules = Random(seed), rules
        self.now = BEGIN
        self.supplier = Supplier(holds=self.random.random() < 0.5)
        self.requesters = [Requester(0), Requester(1)]
        self.bag: list[Callable[[], None]] = []
        self.epoch, self.loss, self.double, self.numbers = 0, 0.35, 0.35, 0
        self.backup: Supplier | None = None
        self.restores = self.random.random() < 0.2

    def run(self, steps: int) -> None:
        happenings = (self.ask, self.provide, self.provide, self.send, self.poll, self.arrive, self.arrive)
        for _ in range(steps):
            self.now += timedelta(minutes=30)
            if self.random.random() < 0.1:
                self.crash()
            self.random.choice(happenings)()
            self.supplier.require_one_promise()
        self.let_run_out()

    def ask(self) -> None:
        """A resident asks for the thing, or does something that the region lets them do."""
        region = self.random.choice(self.requesters)
        if len(region.rows) < 2 and self.random.random() < (0.1 if region.rows else 0.8):
            rid = 100 * region.name + len(region.rows) + 10
            region.rows[rid] = Row({"since": self.now})
            self._put(region, rid, CREATE)
        elif region.rows:
            rid = self.random.choice(list(region.rows))
            self._put(region, rid, self._choose([MESSAGE, *self._possible(region.rows[rid])]))

    def _choose(self, actions: Sequence[str]) -> str:
        """People mostly go on; now and then one says no."""
        onward = [one for one in actions if one not in _ENDINGS]
        return self.random.choice(onward if onward and self.random.random() < 0.9 else actions)

    def _possible(self, row: Row) -> list[str]:
        shown = row_of(**row.told)
        return [
            *allowed_actions(
                Tail.EQUIPMENT, shown.state, {Role.BORROWER}, facts=facts_of(shown), now=self.now
            )
        ]

    def _put(self, region: Requester, rid: int, action: str) -> None:
        self.numbers += 1
        row = region.rows[rid]
        seen = row.told.get("remote_rev") if action in CONSENTS else None
        region.asks.append(Ask(rid, self.numbers, action, seen))

    def provide(self) -> None:
        """The provider does something; sometimes a backup is made, or brought back."""
        if self.restores and self.random.random() < 0.1:
            if self.backup is None:
                self.backup = deepcopy(self.supplier)
            else:
                self.supplier, self.backup, self.restores = self.backup, None, False
                self.epoch += 1
                self.bag.clear()
            return
        if not self.supplier.loans:
            return
        loan = self.random.choice(list(self.supplier.loans.values()))
        facts = facts_of(loan)
        possible = allowed_actions(loan.tail, loan.state, {Role.PROVIDER}, facts=facts, now=self.now)
        if possible:
            try:
                self.supplier.act(loan, self._choose(possible), Role.PROVIDER, self.now)
            except Problem:
                return

    def send(self) -> None:
        """A region sends what is next; every attempt is a message, and the network does with it what it does."""
        region = self.random.choice(self.requesters)
        for rid in region.rows:
            waiting = region.waiting(rid)
            ask = self.rules.next_to_send(waiting)
            if ask is not None:
                self._carry(lambda region=region, ask=ask: self._serve(region, ask))

    def _carry(self, message: Callable[[], None]) -> None:
        if self.random.random() >= self.loss:
            self.bag.append(message)
        if self.random.random() < self.double:
            self.bag.append(message)

    def arrive(self) -> None:
        if self.bag:
            self.bag.pop(self.random.randrange(len(self.bag)))()

    def _serve(self, region: Requester, ask: Ask) -> None:
        """What `lending` does with a command, in one transaction; then the answer goes its way."""
        supplier, known = self.supplier, self.supplier.answered.get(ask.id)
        fingerprint = f"{ask.rid} {ask.action} {ask.seen}"
        loan = supplier.loans.get(ask.rid)
        if loan is None and ask.action != CREATE:
            return self._answer(
                region, ask, None, refusal=after_refusal(action=ask.action, status=404, retry=False)
            )
        if self.rules.claim(known and known[0], fingerprint) is Claim.NEW:
            result = "applied"
            try:
                self._carry_out(region, ask, loan)
            except Problem:
                result = "refused"
                if ask.action == CREATE:
                    return self._answer(region, ask, None, refusal=After.REFUSED)
            supplier.answered[ask.id] = fingerprint, result
        view = as_it_stands(supplier.loans[ask.rid], UUID(int=ask.rid), self.now)
        return self._answer(region, ask, view)

    def _carry_out(self, region: Requester, ask: Ask, loan: Booking | None) -> None:
        if loan is None:
            self.supplier.create(ask, region.name, self.now)
            return
        if ask.action not in (MESSAGE, CREATE):
            self.supplier.act(loan, ask.action, Role.BORROWER, self.now, ask.seen)
        self.supplier.effects[ask.rid].append(ask.number)

    def _answer(
        self, region: Requester, ask: Ask, view: RemoteView | None, *, refusal: After | None = None
    ) -> None:
        if self.random.random() >= self.loss:
            self.bag.append(lambda: self._hear(region, ask, view, refusal))

    def _hear(self, region: Requester, ask: Ask, view: RemoteView | None, refusal: After | None) -> None:
        if not ask.pending:
            return
        ask.pending = False
        row = region.rows[ask.rid]
        if view is not None:
            region.hear(ask.rid, view, Source.ANSWER, self.rules)
        elif refusal is After.LOST:
            row.forget()
        elif "remote_rev" not in row.told:
            row.told |= {"state": State.DECLINED}
            for later in region.waiting(ask.rid):
                later.pending = False

    def poll(self) -> None:
        """A page is asked for; it may come late, when somebody else has read on."""
        self.supplier.publish(self.now)
        region = self.random.choice(self.requesters)
        epoch, seq = region.epoch, region.seq
        if epoch != self.epoch:
            region.epoch, region.seq, region.walking, region.met = self.epoch, 0, True, set()
            return
        entries = sorted(self.supplier.feeds.get(region.name, {}).items(), key=lambda one: one[1][0])
        page = [(rid, at, view) for rid, (at, view) in entries if at > seq][:2]
        more = bool(page) and page[-1][1] < max((at for _, (at, _) in entries), default=0)
        head = page[-1][1] if more else self.supplier.head
        self._carry(lambda: self._read(region, (epoch, seq), page, head, more=more))

    def _read(
        self,
        region: Requester,
        after_: tuple[int, int],
        page: list[tuple[int, int, RemoteView]],
        head: int,
        *,
        more: bool,
    ) -> None:
        if (region.epoch, region.seq) != after_:
            return
        source = Source.WALK if region.walking else Source.FEED
        for rid, _, view in page:
            region.met.add(rid)
            if rid in region.rows:
                region.hear(rid, view, source, self.rules)
        region.seq = head
        if region.walking and not more:
            region.walking = False
            for rid, row in region.rows.items():
                if rid not in region.met:
                    row.forget()

    def crash(self) -> None:
        """What is on its way is lost; what was committed is not."""
        self.bag.clear()

    def let_run_out(self) -> None:
        """The network holds; everything is sent, answered and read, in any order."""
        self.loss = self.double = 0.0
        for _ in range(400):
            for happening in (self.send, self.poll, self.arrive, self.arrive, self.arrive):
                happening()
                self.supplier.require_one_promise()
            quiet = not self.bag and not any(ask.pending for one in self.requesters for ask in one.asks)
            if quiet and all(self._has_read(one) for one in self.requesters):
                return
        raise AssertionError("it never comes to rest")

    def _has_read(self, region: Requester) -> bool:
        self.supplier.publish(self.now)
        return (region.epoch, region.seq, region.walking) == (self.epoch, self.supplier.head, False)

    def faults(self) -> list[str]:
        """Where the two sides tell different stories, or something asked for had no effect or two."""
        found = []
        for region in self.requesters:
            for rid, row in region.rows.items():
                loan = self.supplier.loans.get(rid)
                if loan is None:
                    if "remote_rev" in row.told and not row.for_people:
                        found.append(f"{rid} is lost, and nobody is asked")
                    continue
                says = as_told(None, {}, as_it_stands(loan, UUID(int=rid), self.now))
                found += [f"{rid}: {name}" for name, value in says.items() if row.told.get(name) != value]
        for rid, numbers in self.supplier.effects.items():
            if numbers != sorted(set(numbers)):
                found.append(f"{rid}: asks took effect as {numbers}")
        return found
