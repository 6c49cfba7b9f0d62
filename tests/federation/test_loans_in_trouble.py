"""What goes wrong between two regions: series with gaps, people who leave, backups, silence, words without room."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select

from app.bookings import service as bookings
from app.bookings.schemas import RemoteView, Source
from app.federation.problems import RateLimited
from app.federation.protocol.loan import Command
from app.federation.service import borrowing, lending, partners, publishing
from app.federation.tables import Partner
from app.kernel.actor import SYSTEM
from app.kernel.columns import metadata
from tests.factories.accounts import signed_in_person
from tests.factories.loans import END, START, Loan, story
from tests.factories.regions import Region, Regions

DAY = timedelta(days=1)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def everything(region: Region) -> Rows:
    """A backup: every row of every table."""
    with region.instance.database.reading() as session:
        return {
            table.name: [dict(row) for row in session.connection().execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def bring_back(region: Region, backup: Rows) -> None:
    """Restore it, as `depot restore` does: with new epochs."""
    with region.instance.database.writing() as session:
        for table in reversed(metadata.sorted_tables):
            session.connection().execute(delete(table))
        for table in metadata.sorted_tables:
            if backup[table.name]:
                session.connection().execute(insert(table), list(backup[table.name]))
    with region.instance.transactions.writing(SYSTEM) as work:
        publishing.rotate_epochs(work)


def dump(region: Region, *but: str) -> str:
    """All that the database holds, as text."""
    return "".join(str(rows) for name, rows in everything(region).items() if name not in but)


def patiently(regions: Regions) -> None:
    """Until what failed has been tried again."""
    for _ in range(2):
        regions.clock.turn(timedelta(minutes=20))
        regions.settle()


def test_each_date_of_a_series_is_answered_by_the_other_region_and_what_failed_is_tried_again(
    regions: Regions,
) -> None:
    loan = Loan(regions, booking_mode="instant", request_holds=True)
    anna = signed_in_person(regions.leipzig.instance, "Anna")
    second = (START + timedelta(days=7), START + timedelta(days=7, hours=2))
    body = {
        "listing_id": str(loan.drill.id),
        "starts_at": second[0].isoformat(),
        "ends_at": second[1].isoformat(),
    }
    hers = regions.leipzig.client.post("/api/v1/bookings", json=body, headers=anna.headers).json()

    until = (START + timedelta(hours=2)).isoformat()
    asked = loan.ask(ends_at=until, recurrence="FREQ=WEEKLY;COUNT=3", message="Dreimal bitte.")
    assert [one["answer"] for one in asked["series"]["dates"]] == ["requested"] * 3
    regions.settle()

    def series(step: str = "", **said: Any) -> dict[str, Any]:
        path = f"/api/v1/series/{asked['series']['id']}{step}"
        method = "POST" if step else "GET"
        got = regions.halle.client.request(
            method, path, headers=loan.hanna.headers, **({"json": said} if step else {})
        )
        assert got.status_code == 200, got.text
        return dict(got.json())

    seen = series()
    assert [one["answer"] for one in seen["dates"]] == ["confirmed", "clash", "confirmed"]
    assert "retry" in {one["action"] for one in seen["allowed_actions"]}
    assert seen["provider"]["name"] == "Depot Leipzig"
    regions.leipzig.client.post(f"/api/v1/bookings/{hers['id']}/cancel", headers=anna.headers)
    series("/retry")
    regions.settle()
    assert [one["answer"] for one in series()["dates"]] == ["confirmed"] * 3
    series("/cancel", note="Fällt aus.")
    regions.settle()
    assert [one["answer"] for one in series()["dates"]] == ["cancelled"] * 3
    there = regions.leipzig.client.get("/api/v1/bookings", headers=loan.ben.headers).json()["items"]
    assert {one["state"] for one in there} == {"cancelled"}


def test_who_leaves_halle_is_forgotten_in_leipzig_and_nothing_of_them_is_in_its_database(
    regions: Regions,
) -> None:
    loan = Loan(regions)
    loan.promised(message="Kanarienvogel eins", purpose="Kanarienvogel zwei")
    with regions.leipzig.instance.database.reading() as session:
        ref = session.connection().exec_driver_sql("SELECT remote_ref FROM booking").scalar_one()
    loan.hanna_does("propose-change", ends_at=(END + DAY).isoformat(), note="Kanarienvogel drei")
    assert loan.in_leipzig()["contact"]["email"] == loan.hanna.email
    assert loan.hanna.email in dump(regions.leipzig)

    gone = regions.halle.client.delete("/api/v1/me", headers=loan.hanna.headers)
    assert gone.status_code in (202, 204), gone.text
    patiently(regions)

    left = dump(regions.leipzig)
    for canary in ("Kanarienvogel", loan.hanna.email, "Hanna", ref):
        assert canary not in left, canary
    there = loan.in_leipzig()
    assert (there["state"], there["outcome"]) == ("cancelled", "cancelled_early")
    assert [event["action"] for event in there["events"]] == ["request", "accept", "propose-change", "cancel"]


def test_what_a_provider_who_left_wrote_and_was_is_forgotten_in_halle(regions: Regions) -> None:
    loan = Loan(regions, terms="Kanarienvogel eins")
    loan.promised()
    path = f"/api/v1/bookings/{loan.in_leipzig()['id']}/messages"
    regions.leipzig.client.post(path, json={"text": "Kanarienvogel zwei"}, headers=loan.ben.headers)
    regions.settle()
    assert loan.ben.email in dump(regions.halle)

    regions.leipzig.client.delete("/api/v1/me", headers=loan.ben.headers)
    patiently(regions)

    left = dump(regions.halle, "listing")
    for canary in ("Kanarienvogel", loan.ben.email, "Ben"):
        assert canary not in left, canary
    assert loan.in_halle()["state"] == "cancelled"


def test_after_a_restore_the_borrowers_region_goes_back_to_where_the_providers_is(regions: Regions) -> None:
    loan = Loan(regions)
    loan.promised()
    backup = everything(regions.leipzig)
    regions.clock.set(START)
    loan.ben_does("hand-over", condition="Neu")
    loan.hanna_does("report-return")
    assert loan.in_halle()["state"] == "return_reported"

    bring_back(regions.leipzig, backup)
    patiently(regions)
    here, there = loan.same_story()
    assert (here["state"], here["records"]) == ("confirmed", [])
    assert story(here) == story(there)

    loan.ben_does("hand-over", condition="Gebraucht")
    here, there = loan.same_story()
    assert [one["condition"] for one in here["records"]] == ["Gebraucht"]
    assert held(regions.halle, loan.hanna, here) == held(regions.leipzig, loan.ben, there)


def held(region: Region, who: Any, booking: dict[str, Any]) -> list[str]:
    got = region.client.get(f"/api/v1/bookings/{booking['id']}/contracts", headers=who.headers)
    return [one["digest"] for one in got.json()["items"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_that_a_restore_has_lost_is_for_people(regions: Regions) -> None:
    loan = Loan(regions)
    backup = everything(regions.leipzig)
    loan.promised()

    bring_back(regions.leipzig, backup)
    patiently(regions)
    here = loan.in_halle()
    assert (here["state"], here["exchange"]["status"]) == ("confirmed", "no_answer")
    loan.hanna_does("cancel")
    here = loan.in_halle()
    assert (here["state"], here["exchange"]["status"]) == ("confirmed", "no_answer")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_silence_for_three_days_is_for_people_and_a_request_that_never_arrived_can_be_taken_back(
    regions: Regions,
) -> None:
    loan = Loan(regions)
    leipzig = regions.line.regions.pop("https://leipzig.example")
    loan.ask()
    for _ in range(8):
        regions.clock.turn(timedelta(hours=10))
        regions.halle.instance.runner.run_due()
    here = loan.in_halle()
    assert (here["state"], here["exchange"]["status"]) == ("requested", "no_answer")
    assert "partner_silent" in dump(regions.halle), "whoever asked gets a letter"

    regions.line.regions["https://leipzig.example"] = leipzig
    regions.clock.turn(timedelta(hours=8))  # who was silent for so long is tried again ever more rarely
    patiently(regions)
    loan.hanna_does("withdraw")
    here = loan.in_halle()
    assert (here["state"], here["exchange"]["status"]) == ("withdrawn", "in_sync")
    assert regions.leipzig.client.get("/api/v1/bookings", headers=loan.ben.headers).json()["items"] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_until_a_step_is_answered_the_two_do_not_agree_and_a_refusal_says_why(regions: Regions) -> None:
    loan = Loan(regions)
    loan.promised()
    leipzig = regions.line.regions.pop("https://leipzig.example")
    loan.act(regions.halle, loan.hanna, "propose-change", ends_at=(END + DAY).isoformat())
    loan.act(regions.halle, loan.hanna, "propose-change", ends_at=(END + DAY).isoformat())
    regions.settle()
    assert loan.in_halle()["exchange"]["status"] == "sending"
    regions.line.regions["https://leipzig.example"] = leipzig
    loan.act(regions.leipzig, loan.ben, "make-ready")
    loan.act(regions.leipzig, loan.ben, "hand-over")
    with regions.halle.instance.transactions.writing(SYSTEM) as work:
        rid = UUID(loan.in_halle()["id"])
        view = view_in(regions.leipzig, loan)
        borrowing.believe(work, regions.halle.partner().id, rid, view, Source.FEED)
    assert loan.in_halle()["exchange"]["status"] == "sending"
    patiently(regions)
    here, _ = loan.same_story()
    assert [event["action"] for event in here["events"]].count("propose-change") == 1

    loan.ben_does("take-back")
    loan.act(regions.halle, loan.hanna, "complete")
    regions.clock.turn(timedelta(hours=1))
    regions.settle()
    assert loan.in_halle()["state"] == "completed"


def view_in(region: Region, loan: Loan) -> RemoteView:
    with region.instance.transactions.reading(SYSTEM) as reading:
        return bookings.view_for(reading, UUID(loan.in_leipzig()["id"]))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_yes_counts_for_what_was_read_and_nothing_later(regions: Regions) -> None:
    loan = Loan(regions)
    loan.promised()
    loan.ben_does("propose-change", ends_at=(END + DAY).isoformat())
    loan.act(regions.halle, loan.hanna, "accept-change")
    for step, body in (
        ("make-ready", {}),
        ("cancel", {"reason": "broken"}),
    ):
        loan.act(regions.leipzig, loan.ben, step, **body)
    regions.settle()

    here, _ = loan.same_story()
    assert (here["state"], here["ends_at"]) == ("cancelled", "2026-12-02T09:00:00Z")
    assert (here["exchange"]["refused"]["action"], here["exchange"]["refused"]["code"]) == (
        "accept-change",
        "version_stale",
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_long_conversation_in_silence_arrives_whole(regions: Regions) -> None:
    loan = Loan(regions)
    loan.promised()
    path = f"/api/v1/bookings/{loan.in_leipzig()['id']}/messages"
    for number in range(30):
        text = f"{number}: " + "Ö" * 1900
        sent = regions.leipzig.client.post(path, json={"text": text}, headers=loan.ben.headers)
        assert sent.status_code == 201
    patiently(regions)

    path = f"/api/v1/bookings/{loan.in_halle()['id']}/messages?limit=100"
    told = regions.halle.client.get(path, headers=loan.hanna.headers).json()["items"]
    assert sorted(int(one["text"].split(":")[0]) for one in told) == list(range(30))
    with regions.leipzig.instance.database.reading() as session:
        longest = (
            session.connection().exec_driver_sql("SELECT max(length(body)) FROM feed_entry").scalar_one()
        )
    assert longest <= 32 * 1024


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_crowd_of_commands_is_slowed_down_and_repetitions_are_not(regions: Regions) -> None:
    loan = Loan(regions)
    loan.promised()
    rid = UUID(loan.in_halle()["id"])

    def say(number: int, cmd_id: UUID | None = None) -> None:
        with regions.leipzig.instance.transactions.writing(SYSTEM) as work:
            partner = work.session.get_one(Partner, regions.leipzig.partner().id)
            work.actor = partners.actor_of(partner)
            work.settings = work.settings.model_copy(update={"federation_commands_a_minute": 5})
            lending.command(
                work, partner, rid, Command(cmd_id=cmd_id or uuid4(), cmd="message", text=str(number))
            )

    regions.clock.turn(timedelta(minutes=2))
    again = uuid4()
    say(0, again)
    for number in range(1, 5):
        say(number)
    with pytest.raises(RateLimited) as refused:
        say(5)
    assert refused.value.headers["Retry-After"] == "60"
    say(0, again)
    regions.clock.turn(timedelta(minutes=2))
    say(6)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_is_promised_something_at_another_price_than_they_read(regions: Regions) -> None:
    tariff = {"tariff": "regular", "billing_unit": "per_booking", "amount_minor": 1000, "currency": "EUR"}
    loan = Loan(regions, tariffs=[tariff])
    dearer = regions.leipzig.client.patch(
        f"/api/v1/listings/{loan.drill.id}",
        json={"tariffs": [tariff | {"amount_minor": 2000}]},
        headers=loan.ben.headers | {"If-Match": "*"},
    )
    assert dearer.status_code == 200, dearer.text

    asked = loan.ask()
    regions.settle()

    here = loan.in_halle()
    assert (asked["total"]["amount_minor"], here["state"]) == (1000, "declined")
    assert here["exchange"]["refused"]["code"] == "terms_changed"
    assert regions.leipzig.client.get("/api/v1/bookings", headers=loan.ben.headers).json()["items"] == []
