"""Loans as a supplier must answer them (T-44 to T-50), and what must be ignored (T-51)."""

import threading
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from app.conformance import wire
from app.conformance.bench import OK, Bench, Rule, require
from app.conformance.stranger import Stranger
from app.conformance.wire import Answer

_MINUTE: Final = 61
# Every action of the document's tables, whoever may take it, and one that is none.
ACTIONS: Final = (
    "counter", "accept", "accept-counter", "decline", "withdraw", "expire", "offer-turn", "take", "pass",
    "propose-change", "accept-change", "decline-change", "withdraw-change", "cancel", "did-not-happen", "raise-case",
    "settle", "close-unreported", "add-account", "make-ready", "hand-over", "not-collected", "report-return",
    "take-back", "complete", "mark-lost", "check-in", "release", "check-out", "start", "report", "agree", "differ",
    "record-attendance", "give-access", "request", "offer", "join-queue", "levitate",
)  # fmt: skip


class Loan:
    """One request of ours, from the listing that it is for."""

    def __init__(self, bench: Bench, what: str) -> None:
        self.bench = bench
        bench.need_loans()
        self.rid = str(uuid.uuid4())
        listing = bench.create(f"lent {what}")
        begin = datetime.fromtimestamp(bench.partner.now(), UTC).replace(minute=0, second=0) + timedelta(
            days=3
        )
        self.body: dict[str, Any] = {
            "listing": {"id": listing, "rev": bench.appears(listing)["rev"], "unheard_of": True},
            "starts_at": begin.isoformat().replace("+00:00", "Z"),
            "ends_at": (begin + timedelta(days=2)).isoformat().replace("+00:00", "Z"),
            "units": 1,
            "borrower": {"ref": uuid.uuid4().hex, "assurance": "email", "vouched": True, "unheard_of": {}},
            "unheard_of": [1],
        }

    def put(self, **changes: Any) -> Answer:
        return self.bench.ask("PUT", f"/requests/{self.rid}", self.body | changes)

    def asked(self) -> dict[str, Any]:
        answer = self.put()
        require(answer.status == OK, f"a request answers {answer}")
        return dict(answer.json())

    def get(self, who: Stranger | None = None) -> Answer:
        return self.bench.ask("GET", f"/requests/{self.rid}", who=who)

    def state(self) -> dict[str, Any]:
        return dict(self.get().json())

    def command(self, cmd: str, cmd_id: str = "", **said: Any) -> Answer:
        """A command; where it was one too many in a minute, a minute later."""
        body = {"cmd_id": cmd_id or str(uuid.uuid4()), "cmd": cmd, "unheard_of": None, **said}
        answer = self.bench.ask("POST", f"/requests/{self.rid}/commands", body)
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            return answer
        self.bench.turn_clock(_MINUTE)
        return self.bench.ask("POST", f"/requests/{self.rid}/commands", body)

    def provider(self, action: str) -> None:
        """The provider, at the judged instance, takes a step."""
        self.bench.hands().do("act", rid=self.rid, action=action)


def created_once(bench: Bench) -> None:
    loan = Loan(bench, "once")
    first, again = loan.asked(), loan.put()
    require(
        again.status == OK and again.json()["rid"] == first["rid"], f"the same request again answers {again}"
    )
    require(again.json()["rev"] == first["rev"], "the same request again has an effect")
    require(first["state"] in ("requested", "confirmed"), f"a new request is {first['state']}")
    other = loan.put(units=2)
    require(
        (other.status, other.code) == (422, "id-reused"), f"another request under the same id answers {other}"
    )
    require(loan.state()["units"] == 1, "another request under the same id has an effect")


def commanded_once(bench: Bench) -> None:
    loan = Loan(bench, "commanded")
    loan.asked()
    cmd_id = str(uuid.uuid4())
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(loan.command("message", cmd_id, text="Only once.")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    require({answer.status for answer in answers} <= {OK, 409}, f"one command four times: {_all(answers)}")
    require(any(answer.status == OK for answer in answers), "one command four times is carried out by nobody")
    said = [message for message in loan.state()["messages"] if message["text"] == "Only once."]
    require(len(said) == 1, f"one command four times has {len(said)} effects")
    again, other = (
        loan.command("message", cmd_id, text="Only once."),
        loan.command("message", cmd_id, text="Twice?"),
    )
    require(
        again.status == OK and again.json()["result"] == "applied", f"the same command later answers {again}"
    )
    require(
        (other.status, other.code) == (422, "id-reused"), f"another command under the same id answers {other}"
    )


def crossed(bench: Bench) -> None:
    loan = Loan(bench, "crossed")
    loan.asked()
    for action in ("accept", "hand-over"):
        loan.provider(action)
    answer = loan.command("cancel")
    require(answer.status == OK, f"a cancellation after the hand-over answers {answer}")
    body = answer.json()
    require((body["result"], body["state"]["state"]) == ("refused", "handed_over"), f"it is {body['result']}")
    require(loan.state()["state"] == "handed_over", "it changes the state")


def illegal_commands(bench: Bench) -> None:
    """Along one loan's life, everything that is not allowed changes nothing."""
    loan = Loan(bench, "by the book")
    loan.asked()
    _refuses_all(loan, "requested")
    loan.provider("accept")
    _refuses_all(loan, "confirmed")
    loan.provider("hand-over")
    _refuses_all(loan, "handed_over")
    report = loan.command("report-return")
    require(report.status == OK and report.json()["result"] == "applied", f"report-return answers {report}")
    _refuses_all(loan, "return_reported")
    withdrawn = Loan(bench, "withdrawn")
    withdrawn.asked()
    answer = withdrawn.command("withdraw")
    require(answer.status == OK and answer.json()["result"] == "applied", f"withdraw answers {answer}")
    _refuses_all(withdrawn, "withdrawn")


def _refuses_all(loan: Loan, state: str) -> None:
    before = loan.state()
    require(before["state"] == state, f"the loan is {before['state']}, not {state}")
    for action in ACTIONS:
        if action in before["allowed"]:
            continue
        answer = loan.command(action)
        require(answer.status in (OK, 400), f"{action} in {state} answers {answer}")
        if answer.status == OK:
            require(
                answer.json()["result"] == "refused", f"{action} in {state} is applied, and was not allowed"
            )
    after = loan.state()
    require(
        (after["state"], after["rev"]) == (state, before["rev"]),
        f"a refused command changes a loan in {state}",
    )


def contact(bench: Bench) -> None:
    loan = Loan(bench, "with contact")
    require(loan.asked().get("contact") is None, "the provider's contact is told before a promise")
    early = loan.command("contact", contact={"name": "Mia", "email": "mia.early@example.org"})
    require(early.status == OK, f"a contact before the promise answers {early}, not 200")
    loan.provider("accept")
    require(loan.state().get("contact"), "after the promise the provider's contact is not told")
    loan.command("cancel")
    bench.turn_clock(15 * 86_400)
    require(
        loan.state().get("contact") is None, "two weeks after the end the provider's contact is still told"
    )


def each_their_own(bench: Bench) -> None:
    second = bench.need_second()
    loan = Loan(bench, "private")
    loan.asked()
    known, unknown = loan.get(second), bench.ask("GET", f"/requests/{uuid.uuid4()}")
    for answer, whose in ((known, "another partner's request"), (unknown, "a request that is not there")):
        require(
            (answer.status, answer.code) == (404, "unknown"), f"{whose} answers {answer}, not 404 unknown"
        )
    meddling = {"cmd_id": str(uuid.uuid4()), "cmd": "withdraw"}
    answer = bench.ask("POST", f"/requests/{loan.rid}/commands", meddling, who=second)
    refused = answer.status == HTTPStatus.NOT_FOUND
    require(refused, f"a command about another partner's request answers {answer}")
    _in_feed(bench, loan)
    theirs = [entry["id"] for entry in bench.walk(kind="request", who=second)[0]]
    require(loan.rid not in theirs, "a partner reads another's request in its feed")


def _in_feed(bench: Bench, loan: Loan) -> None:
    def look() -> list[dict[str, Any]]:
        return [entry for entry in bench.walk(kind="request")[0] if entry["id"] == loan.rid]

    entry = bench.until(look, "a request is not in the feed of its partner")[-1]
    require(entry["data"]["state"] == loan.state()["state"], "feed and request tell two states")


def what_is_unknown(bench: Bench) -> None:
    partner = bench.need_partner()
    claim = partner.told(bench.open_invite()) | {"unheard_of": {"deeply": [1, {"x": None}]}}
    require(bench.ask("POST", "/pairings", claim).status == OK, "an unknown member is refused")
    for raw in (
        b'{"kind":"listing","kind":"request"}',
        b'{"kind":NaN}',
        b'{"kind":"\xff"}',
        b"[" * 40 + b"]" * 40,
        b"{",
    ):
        answer = _raw(bench, raw)
        require(answer.status == HTTPStatus.BAD_REQUEST, f"{raw[:24]!r} answers {answer}, not 400")


def _raw(bench: Bench, raw: bytes) -> Answer:
    partner, url = bench.partner, f"{bench.base}/pairings"
    key_id = f"{partner.instance}/{partner.kid}"
    signed = wire.sign("POST", url, raw, key=partner.keys[partner.kid], key_id=key_id, at=partner.now())
    return wire.send("POST", url, signed, raw)


def _all(answers: list[Answer]) -> str:
    return ", ".join(str(answer) for answer in answers)


RULES: Final = (
    Rule("T-44", "The same request again is one request; another under its id is refused", created_once),
    Rule("T-45", "One command sent several times at once has one effect", commanded_once),
    Rule("T-47", "When a cancellation crosses the hand-over, the supplier's state is told", crossed),
    Rule("T-48", "What is not allowed in a state is refused and changes nothing", illegal_commands),
    Rule("T-50", "Nobody sees or moves another partner's requests", each_their_own),
    Rule("T-51", "Unknown members are ignored; JSON with two meanings is refused", what_is_unknown),
)
LATER: Final = (
    Rule("T-49", "Contact is told from the promise on, and no more two weeks after the end", contact),
)
