"""What is written down when things change hands: deposits, codes, acknowledgements, corrections, seals."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.bookings import service
from app.kernel.actor import SYSTEM
from tests.factories.bookings import END, START, story_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SEALED = timedelta(hours=48, minutes=1)


def euros(amount, **more):
    return {"amount_minor": amount * 100, "currency": "EUR", **more}


@pytest.fixture
def drill(street):
    return street.offer(deposit=euros(50), units=2)


@pytest.fixture
def loan(street, drill):
    """Two drills are promised; their deposit is 100 euros."""
    return street.promised(drill, units=2)


@pytest.fixture
def correct(street):
    def correct(booking, record, by, **body):
        path = f"/api/v1/bookings/{booking['id']}/records/{record['id']}/corrections"
        return street.client.post(path, json=body, headers=by.headers)

    return correct


def wrong(code, number=1):
    return f"{(int(code) + number) % 1_000_000:06}"


def code_of(street, loan):
    return street.read(loan, street.anna)["hand_over_code"]


def test_a_deposit_is_taken_as_agreed(street, loan):
    for deposit, pointer in (
        ({"amount_minor": 5_000, "currency": "USD"}, "/deposit/currency"),
        (euros(101), "/deposit/amount_minor"),
        (euros(50, kept_reason="scratched"), "/deposit/kept_minor"),
    ):
        refused = street.act("hand-over", loan, street.ben, deposit=deposit)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


def test_no_more_is_returned_or_kept_than_was_taken_and_never_without_a_reason(street, loan):
    street.done("hand-over", loan, street.ben, deposit=euros(80))

    for deposit, pointer in (
        (euros(81), "/deposit/amount_minor"),
        (euros(80, kept_minor=8_001, kept_reason="scratched"), "/deposit/kept_minor"),
        (euros(80, kept_minor=2_000), "/deposit/kept_reason"),
    ):
        refused = street.act("take-back", loan, street.ben, deposit=deposit)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_deposit_comes_back_over_several_returns(street, loan):
    street.done("hand-over", loan, street.ben, deposit=euros(100))

    street.done("take-back", loan, street.ben, units=1, deposit=euros(50))
    too_much = street.act("take-back", loan, street.ben, units=1, deposit=euros(51))
    over = street.done(
        "take-back", loan, street.ben, deposit=euros(50, kept_minor=2_000, kept_reason="A broken switch")
    )

    assert too_much.status_code == 422
    assert [record["deposit"]["kept_minor"] for record in over["records"]] == [0, 0, 2_000]


def test_a_deposit_kept_with_a_reason_and_no_number_is_kept_whole(street, loan):
    street.done("hand-over", loan, street.ben, deposit=euros(100))

    over = street.done("take-back", loan, street.ben, deposit=euros(100, kept_reason="Dropped"))

    assert over["records"][-1]["deposit"]["kept_minor"] == 10_000


def test_where_no_deposit_was_agreed_none_is_taken(street):
    refused = street.act("hand-over", street.promised(), street.ben, deposit=euros(5))

    assert refused.status_code == 422


def test_the_code_acknowledges_a_return_on_the_spot(street, loan):
    street.done("hand-over", loan, street.ben)

    back = street.done("take-back", loan, street.ben, code=code_of(street, loan))

    assert back["records"][-1]["acknowledged_at"] is not None


def test_to_complete_is_to_acknowledge_the_return(street, loan):
    street.done("hand-over", loan, street.ben)
    back = street.done("take-back", loan, street.ben)
    assert back["records"][-1]["acknowledged_at"] is None

    over = street.done("complete", loan, street.anna)

    assert over["records"][-1]["acknowledged_at"] is not None


def test_silence_completes_and_acknowledges_nothing(street, loan, at):
    at(START)
    street.done("hand-over", loan, street.ben)
    at(START + HOUR)
    street.done("take-back", loan, street.ben)

    at(START + 2 * HOUR + timedelta(hours=48))

    over = street.read(loan, street.anna)
    assert (over["state"], over["records"][-1]["acknowledged_at"]) == ("completed", None)


def test_who_disputes_the_return_opens_a_case(street, loan):
    street.done("hand-over", loan, street.ben)
    street.done("take-back", loan, street.ben, condition="Scratched all over")

    case = street.done("raise-case", loan, street.anna, note="It was like that before.")

    assert (case["state"], case["records"][-1]["acknowledged_at"]) == ("unresolved", None)


def test_after_five_wrong_codes_there_is_silence_for_half_an_hour(street, loan, clock):
    code = code_of(street, loan)

    tries = [street.act("hand-over", loan, street.ben, code=wrong(code, n)) for n in range(1, 6)]
    silent = street.act("hand-over", loan, street.ben, code=code)
    clock.turn(timedelta(minutes=31))
    heard = street.act("hand-over", loan, street.ben, code=code)

    assert [(one.status_code, one.json()["attempts_left"]) for one in tries] == [
        (409, left) for left in (4, 3, 2, 1, 0)
    ]
    assert (silent.status_code, silent.json()["code"]) == (429, "too_many")
    assert 0 < int(silent.headers["Retry-After"]) <= 30 * 60
    assert heard.status_code == 200


def test_many_wrong_codes_at_once_are_counted_one_by_one(street, loan):
    code = code_of(street, loan)

    def guess(number):
        return street.act("hand-over", loan, street.ben, code=wrong(code, number)).status_code

    with ThreadPoolExecutor(6) as rivals:
        answers = list(rivals.map(guess, range(1, 13)))

    assert answers.count(409) == 5
    assert answers.count(429) == 7


def test_a_wrong_code_changes_nothing_but_its_count(street, loan):
    before = street.read(loan, street.ben)

    street.act("hand-over", loan, street.ben, code=wrong(code_of(street, loan)), condition="Fine")

    assert street.read(loan, street.ben) == before


def test_a_wrong_code_uses_up_no_idempotency_key(street, loan):
    code, key = code_of(street, loan), {"Idempotency-Key": "one"}

    refused = street.act("hand-over", loan, street.ben, headers=key, code=wrong(code))
    right = street.act("hand-over", loan, street.ben, headers=key, code=code)
    again = street.act("hand-over", loan, street.ben, headers=key, code=code)

    assert (refused.status_code, right.status_code) == (409, 200)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")


def test_without_a_code_things_still_change_hands_in_the_silence(street, loan):
    code = code_of(street, loan)
    for number in range(1, 6):
        street.act("hand-over", loan, street.ben, code=wrong(code, number))

    assert street.act("hand-over", loan, street.ben).status_code == 200
    assert street.done("hand-over", loan, street.anna)["records"][0]["acknowledged_at"]


def test_the_code_stays_the_same_from_the_promise_on(street, loan):
    code = code_of(street, loan)

    street.done("make-ready", loan, street.ben)

    assert code_of(street, loan) == code


def test_an_author_corrects_a_record_and_both_versions_stay(street, loan, correct):
    out = street.done("hand-over", loan, street.ben, condition="Like new", deposit=euros(100))
    street.done("hand-over", loan, street.anna)
    [record] = out["records"]

    answer = correct(loan, record, street.ben, condition="A scratch on the left")

    assert answer.status_code == 200, answer.text
    [first, second] = answer.json()["records"]
    assert (first["condition"], second["condition"]) == ("Like new", "A scratch on the left")
    assert (second["version"], second["corrects_id"]) == (2, first["id"])
    assert (second["deposit"], second["seals_at"]) == (first["deposit"], first["seals_at"])
    assert (first["acknowledged_at"] is None, second["acknowledged_at"]) == (False, None)
    assert story_of(answer.json())[-1] == "correct-record"
    again = street.done("hand-over", loan, street.anna)["records"][-1]
    assert again["acknowledged_at"] is not None


def test_a_correction_corrects_the_newest_version_and_judges_the_deposit_anew(street, loan, correct):
    [record] = street.done("hand-over", loan, street.ben, deposit=euros(100))["records"]
    correct(loan, record, street.ben, deposit=euros(90))

    too_much = correct(loan, record, street.ben, deposit=euros(101))
    third = correct(loan, record, street.ben, deposit=euros(80)).json()["records"][-1]

    assert too_much.status_code == 422
    assert (third["version"], third["deposit"]["amount_minor"]) == (3, 8_000)
    assert street.act("take-back", loan, street.ben, deposit=euros(81)).status_code == 422


def test_only_its_author_corrects_a_record(street, loan, correct):
    [record] = street.done("hand-over", loan, street.ben)["records"]

    assert correct(loan, record, street.anna, condition="x").status_code == 403
    assert correct(loan, record, street.stranger, condition="x").status_code == 404
    assert correct(loan, {"id": str(uuid4())}, street.ben, condition="x").status_code == 404


def test_a_record_is_sealed_after_48_hours_and_stays(street, loan, clock, at, correct):
    clock.set(START)
    [record] = street.done("hand-over", loan, street.ben, condition="Like new")["records"]
    clock.turn(HOUR)
    correct(loan, record, street.ben, condition="A scratch")

    at(START + SEALED - timedelta(minutes=2))
    open_still = [one["digest"] for one in street.read(loan, street.anna)["records"]]
    at(START + SEALED)
    sealed = street.read(loan, street.anna)["records"]
    refused = correct(loan, record, street.ben, condition="Broken")

    assert open_still == [None, None]
    assert all(len(one["digest"]) == 64 for one in sealed)
    assert sealed[0]["digest"] != sealed[1]["digest"]
    assert (refused.status_code, refused.json()["code"]) == (409, "record_sealed")


def test_a_record_is_sealed_at_its_time_though_the_clock_comes_late(street, loan, clock, correct):
    clock.set(START)
    [record] = street.done("hand-over", loan, street.ben)["records"]
    clock.set(START + SEALED)

    assert correct(loan, record, street.ben, condition="x").status_code == 409


def test_a_yes_after_the_seal_stands_in_the_story_alone(street, loan, at):
    at(START - DAY)
    street.done("hand-over", loan, street.ben)
    at(START + 2 * DAY)
    [sealed] = street.read(loan, street.anna)["records"]

    late = street.done("hand-over", loan, street.anna)

    assert late["records"] == [sealed]
    assert story_of(late)[-1] == "hand-over"
    assert _broken(street) == []


def test_records_of_what_is_over_are_sealed_too(street, loan, at):
    at(START)
    street.done("hand-over", loan, street.ben)
    street.done("take-back", loan, street.ben)
    street.done("complete", loan, street.anna)

    at(START + SEALED)

    assert all(one["digest"] for one in street.read(loan, street.anna)["records"])


def test_whoever_changes_a_sealed_record_is_found(street, loan, at):
    at(START)
    street.done("hand-over", loan, street.ben, condition="Like new", deposit=euros(100))
    at(START + SEALED)
    [record] = street.read(loan, street.anna)["records"]
    assert _broken(street) == []

    for tampering, mending in (
        ("condition = 'Broken'", "condition = 'Like new'"),
        ("units = 1", "units = 2"),
        ("role = 'borrower'", "role = 'provider'"),
        ("acknowledged_at = recorded_at", "acknowledged_at = NULL"),
        ("digest = '0'", f"digest = '{record['digest']}'"),
    ):
        for change, found in ((tampering, [UUID(record["id"])]), (mending, [])):
            with street.instance.database.writing() as session:
                session.connection().execute(text(f"UPDATE booking_record SET {change}"))
            assert _broken(street) == found, change


def test_the_words_of_who_has_left_are_wiped_and_break_no_seal(street, loan, at):
    at(START)
    street.done("hand-over", loan, street.ben, condition="Like new")
    street.done("take-back", loan, street.ben)
    street.done("complete", loan, street.anna)
    at(START + SEALED)

    gone = street.client.delete("/api/v1/me", headers=street.ben.headers)

    assert gone.status_code in {200, 204}, gone.text
    [out, _] = street.read(loan, street.anna)["records"]
    assert (out["condition"], len(out["digest"])) == (None, 64)
    assert _broken(street) == []


def test_a_late_loan_says_so_in_its_record(street, loan, clock):
    clock.set(START)
    street.done("hand-over", loan, street.ben)
    clock.set(END + DAY)

    back = street.done("take-back", loan, street.ben)

    assert back["records"][-1]["recorded_at"] > back["ends_at"]


def _broken(street):
    with street.instance.transactions.reading(SYSTEM) as reading:
        return list(service.broken_seals(reading))


def test_after_very_many_records_the_rest_comes_back_at_once(street, correct, monkeypatch):
    """Every record makes a version of the contract that holds all of them: without an end one loan fills the disk."""
    monkeypatch.setattr("app.bookings.service.records.MOST_RECORDS", 3)
    loan = street.promised(street.offer(units=9), units=9)
    first = street.done("hand-over", loan, street.ben)["records"][0]
    for _ in range(2):
        street.done("take-back", loan, street.ben, units=1)

    refused = street.act("take-back", loan, street.ben, units=1)
    corrected = correct(loan, first, street.ben, condition="Scratched")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/units")
    assert corrected.status_code == 409
    assert street.done("take-back", loan, street.ben)["state"] == "returned"
