"""Commands as any other implementation may send them, signed, black-box (T-44, T-45, T-48, T-50 of DFP/1)."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from app.bookings import service as bookings
from app.bookings.rules.moves import allowed_actions
from app.bookings.rules.table import rows_of
from app.bookings.rules.words import Action, Role, State, Tail
from app.bookings.service.values import facts_of
from app.bookings.tables import Booking
from app.federation import signatures
from app.federation.protocol.loan import Command
from app.federation.service import identity, lending, partners
from app.federation.tables import Partner
from app.kernel.actor import SYSTEM, Actor, ActorKind
from app.kernel.intervals import Interval
from app.kernel.problems import Problem
from app.kernel.unit_of_work import UnitOfWork
from app.listings.schemas import ListingRead
from tests.factories.bookings import TAILS
from tests.factories.listings import offer
from tests.factories.loans import END, START, Loan
from tests.factories.regions import Region, Regions


def signed(by: Region, method: str, path: str, body: dict[str, Any] | None, to: Region) -> httpx2.Response:
    """A request of one region to another."""
    url, raw = f"https://leipzig.example/dfp/v1{path}", b"" if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"} if raw else {}
    with by.instance.transactions.reading(SYSTEM) as reading:
        asked = signatures.Request(method, url, headers, raw)
        headers |= identity.own(reading).sign(asked, now=reading.now)
    return to.client.request(method, url, headers=headers, content=raw)


def test_dfp_t44_a_request_repeated_is_one_request_and_its_id_is_used_once(regions: Regions) -> None:
    loan = Loan(regions)
    ask = {
        "listing": {"id": str(loan.drill.id)},
        "starts_at": START.isoformat(),
        "ends_at": END.isoformat(),
        "units": 1,
        "borrower": {"ref": "somebody", "from_the_future": True},
    }
    path = f"/requests/{uuid4()}"

    def put(**change: Any) -> httpx2.Response:
        return signed(regions.halle, "PUT", path, ask | change, regions.leipzig)

    first, again, other = put(), put(), put(units=2)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "id-reused")
    assert len(regions.leipzig.client.get("/api/v1/bookings", headers=loan.ben.headers).json()["items"]) == 1


def test_dfp_t45_one_command_from_many_hands_has_one_effect_and_its_id_is_used_once(regions: Regions) -> None:
    loan = Loan(regions)
    loan.promised()
    path = f"/requests/{loan.in_halle()['id']}/commands"
    later = {"cmd_id": str(uuid4()), "cmd": "propose-change", "ends_at": "2026-12-03T09:00:00Z"}

    def command(body: dict[str, Any]) -> httpx2.Response:
        return signed(regions.halle, "POST", path, body, regions.leipzig)

    with ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(command, [later] * 6))
    heard = [answer for answer in answers if answer.status_code == 200]
    other = command(later | {"ends_at": "2026-12-04T09:00:00Z"})

    assert heard
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    assert {answer.json()["result"] for answer in heard} == {"applied"}
    assert [event["action"] for event in loan.in_leipzig()["events"]].count("propose-change") == 1
    assert (other.status_code, other.json()["code"]) == (422, "id-reused")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_dfp_t50_what_one_partners_resident_asked_another_partner_never_sees(regions: Regions) -> None:
    loan = Loan(regions)
    loan.promised()
    leipzig, rid = regions.leipzig.instance, UUID(loan.in_halle()["id"])
    with leipzig.transactions.writing(SYSTEM) as work:
        known = work.session.get_one(Partner, regions.leipzig.partner().id)
        said = known.model_dump() | {"id": uuid4(), "instance": "9" * 40, "name": "Depot Chemnitz"}
        other = Partner(**said)
        work.session.add(other)
        work.session.flush()
        partners.start_reading(work, other)
        work.actor = Actor(ActorKind.PARTNER, id=other.id)
        looks = (
            lambda: lending.state(work, other, rid),
            lambda: lending.whole_state(work, other, rid),
            lambda: lending.papers(work, other, rid),
            lambda: lending.command(work, other, rid, Command(cmd_id=uuid4(), cmd="cancel")),
        )
        for look in looks:
            with pytest.raises(Problem) as refused:
                look()
            assert (refused.value.status, refused.value.code) == (404, "unknown")
    assert loan.in_leipzig()["state"] == "confirmed"


def test_what_a_partners_resident_may_have_in_all_holds_when_they_ask_for_several_things_at_once(
    regions: Regions,
) -> None:
    """T18 for somebody who has no row here: whoever asks for one thing waits for who asks for another."""
    loan = Loan(regions)
    things = [
        offer(regions.leipzig.instance, loan.ben, title=f"Ding {n}", federation="bookable") for n in range(4)
    ]
    leipzig = regions.leipzig.instance
    partner_id = regions.leipzig.partner().id

    def asks(thing: ListingRead) -> str:
        try:
            with leipzig.transactions.writing(Actor(ActorKind.PARTNER, id=partner_id)) as work:
                work.settings = work.settings.model_copy(update={"max_active_bookings": 1})
                bookings.request_for_partner(
                    work, partner_id=partner_id, partner_name="Halle", remote_id=uuid4(), ref="somebody",
                    listing_id=thing.id, span=Interval(START, END), units=1,
                )  # fmt: skip
        except Problem as refused:
            return refused.code
        return "had"

    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(asks, things))

    assert answers.count("had") == 1, answers


OUT = {State.HANDED_OVER, State.RETURN_REPORTED, State.UNRESOLVED, State.LOST}
WORDS = (*Action, "teleport", "create")


@pytest.mark.parametrize(
    "tail",
    ["equipment", *(pytest.param(tail, marks=pytest.mark.long) for tail in TAILS if tail != "equipment")],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_dfp_t48_in_every_state_whatever_is_not_the_borrowers_to_do_is_refused_and_changes_nothing(
    regions: Regions, tail: str
) -> None:
    loan = Loan(regions, **TAILS[tail] | {"title": "Etwas"})
    until = START.replace(hour=11).isoformat()
    loan.ask(ends_at=until)
    regions.exchange()
    rid, there = UUID(loan.in_halle()["id"]), UUID(loan.in_leipzig()["id"])
    states = {row.target for row in rows_of(Tail(tail)) if row.target} - {None}
    tried = 0
    with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        partner = work.session.get_one(Partner, regions.leipzig.partner().id)
        work.actor = partners.actor_of(partner)
        work.settings = work.settings.model_copy(update={"federation_commands_a_minute": 10_000})
        for state in sorted(states):
            row = stand_at(work, there, state)
            before = lending.whole_state(work, partner, rid)
            may = allowed_actions(row.tail, state, {Role.BORROWER}, facts=facts_of(row), now=work.now)
            for word in WORDS:
                if word in may:
                    continue
                done = lending.command(work, partner, rid, Command(cmd_id=uuid4(), cmd=str(word)))
                assert (done.result, bool(done.code)) == ("refused", True), (state, word)
                assert done.state.model_copy(update={"more": False}) == before.model_copy(
                    update={"more": False}
                ), (state, word)
                tried += 1
    assert tried > 15 * len(states)


def stand_at(work: UnitOfWork, booking_id: UUID, state: State) -> Booking:
    """The booking as if it had come to this state."""
    row = work.session.get_one(Booking, booking_id)
    row.state, row.outcome = state, None
    row.units_handed_over = row.units_out = 1 if state in OUT and row.tail is Tail.EQUIPMENT else 0
    work.session.add(row)
    work.session.flush()
    return row
