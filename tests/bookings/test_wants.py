"""Offers that answer a want: several fill one, the owner says yes, and once all is found it ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START, actions_of, story_of
from tests.factories.listings import mirrored, offer

DAY = timedelta(days=1)
PER_DAY = {"tariff": "regular", "billing_unit": "calendar_day", "amount_minor": 10, "currency": "EUR"}


def moment(at):
    return at.isoformat().replace("+00:00", "Z")


@pytest.fixture
def want(street):
    """Anna needs forty chairs."""
    wanted = {"starts_at": moment(START), "ends_at": moment(END), "units": 40}
    return offer(street.instance, street.anna, purpose="want", title="Forty chairs", wanted=wanted).id


@pytest.fixture
def cora(street):
    return signed_in_person(street.instance, "Cora")


@pytest.fixture
def chairs(street):
    """Somebody's chairs."""

    def chairs(owner, units, **settings):
        return offer(street.instance, owner, title=f"{units} chairs", units=units, **settings).id

    return chairs


@pytest.fixture
def answer(street, want):
    """Offer something; the answer may be a refusal."""

    def answer(listing_id, by, units=1, *, at=(START, END), want_id=None, **fields):
        body = {
            "listing_id": str(listing_id), "units": units, "starts_at": moment(at[0]), "ends_at": moment(at[1]), **fields
        }  # fmt: skip
        return street.client.post(f"/api/v1/wants/{want_id or want}/offers", json=body, headers=by.headers)

    return answer


@pytest.fixture
def offered(answer):
    """An offer that was possible."""

    def offered(*args, **kwargs):
        made = answer(*args, **kwargs)
        assert made.status_code == 201, made.text
        assert made.headers["Location"] == f"/api/v1/bookings/{made.json()['id']}"
        return made.json()

    return offered


def found(street, want):
    told = street.client.get(f"/api/v1/listings/{want}", headers=street.anna.headers).json()
    return told["wanted"]["filled_units"], told["state"], told["close_reason"]


def test_an_offer_is_a_booking_that_the_owner_of_the_want_accepts(street, want, chairs, offered):
    mine = chairs(street.ben, 12, tariffs=[PER_DAY])

    made = offered(mine, street.ben, 12, message="They stand in the cellar.")
    seen = street.read(made, street.anna)

    assert (made["state"], made["want_id"]) == ("countered", str(want))
    assert (seen["borrower"]["name"], seen["provider"]["name"]) == ("Anna", "Ben")
    assert (seen["counter"]["by"], seen["counter"]["units"]) == ("provider", 12)
    assert seen["price"]["amount_minor"] == 12 * 3 * 10
    assert actions_of(seen) == {"counter", "accept-counter", "withdraw"}
    assert actions_of(made) == {"decline"}
    assert found(street, want) == (0, "published", None)
    assert street.ask(mine, by=street.stranger).status_code == 409, "an offer holds its units"

    promised = street.done("accept-counter", made, street.anna)

    assert (promised["state"], story_of(promised)) == ("confirmed", ["offer", "accept-counter"])
    assert found(street, want) == (12, "published", None)


def test_several_offers_fill_one_want_and_then_it_ends(street, want, chairs, offered, cora, told):
    twelve, ten, eighteen, spare = (
        offered(chairs(owner, units), owner, units)
        for owner, units in ((street.ben, 12), (cora, 10), (street.stranger, 18), (street.ben, 5))
    )
    for made, filled in ((twelve, 12), (ten, 22)):
        street.done("accept-counter", made, street.anna)
        assert found(street, want) == (filled, "published", None)

    street.done("accept-counter", eighteen, street.anna)

    assert found(street, want) == (40, "closed", "fulfilled_here")
    assert told() == [("want_filled", ["provider"])]
    assert street.read(spare, street.ben)["state"] == "countered"
    assert street.done("decline", spare, street.ben)["state"] == "declined"


def test_what_is_called_off_is_missing_again(street, want, chairs, offered):
    made = offered(chairs(street.ben, 12), street.ben, 12)
    street.done("accept-counter", made, street.anna)

    street.done("cancel", made, street.ben, reason="They were needed at home")

    assert found(street, want) == (0, "published", None)


def test_a_want_that_was_full_is_open_again_when_somebody_calls_off_in_time(
    street, want, chairs, offered, clock
):
    first, second, third = (offered(chairs(street.ben, units), street.ben, units) for units in (22, 18, 18))
    for made in (first, second):
        street.done("accept-counter", made, street.anna)
    assert found(street, want) == (40, "closed", "fulfilled_here")

    street.done("cancel", second, street.ben, reason="They broke")
    assert found(street, want) == (22, "published", None)

    street.done("accept-counter", third, street.anna)
    clock.set(END)
    street.done("did-not-happen", third, street.anna, outcome="no_show_provider")
    assert found(street, want) == (22, "closed", "fulfilled_here"), "its time is over"


def test_a_want_that_its_owner_closed_stays_closed(street, want, chairs, offered):
    made = offered(chairs(street.ben, 12), street.ben, 12)
    street.done("accept-counter", made, street.anna)
    close = {"reason": "fulfilled_here"}
    street.client.post(f"/api/v1/listings/{want}/close", json=close, headers=street.anna.headers)

    street.done("cancel", made, street.ben, reason="They broke")

    assert found(street, want) == (0, "closed", "fulfilled_here")


def test_what_came_to_nothing_does_not_count_and_fewer_count_as_fewer(street, want, chairs, offered, clock):
    first, second = (offered(chairs(street.ben, 12), street.ben, 12) for _ in range(2))
    for made in (first, second):
        street.done("accept-counter", made, street.anna)
    street.done("propose-change", second, street.ben, units=7)
    street.done("accept-change", second, street.anna)
    assert found(street, want)[0] == 19

    clock.set(START)
    street.done("did-not-happen", first, street.anna, outcome="no_show_provider")

    assert found(street, want)[0] == 7


def test_the_owner_can_ask_for_other_terms_and_the_provider_accepts(street, want, chairs, offered):
    made = offered(chairs(street.ben, 12), street.ben, 12)

    street.done("counter", made, street.anna, units=8)
    promised = street.done("accept", made, street.ben)

    assert (promised["state"], promised["units"]) == ("confirmed", 8)
    assert found(street, want)[0] == 8


def test_the_owner_sees_all_offers_and_everybody_else_their_own(street, want, chairs, offered, cora):
    bens, coras = offered(chairs(street.ben, 12), street.ben, 12), offered(chairs(cora, 10), cora, 10)

    def listed(who, **query):
        answer = street.client.get(f"/api/v1/wants/{want}/offers", params=query, headers=who.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = listed(street.anna, limit=1)
    assert [one["id"] for one in first["items"]] == [coras["id"]]
    assert [one["id"] for one in listed(street.anna, limit=1, after=first["next"])["items"]] == [bens["id"]]
    assert [one["id"] for one in listed(street.ben)["items"]] == [bens["id"]]
    assert listed(street.stranger)["items"] == []
    assert street.client.get(f"/api/v1/wants/{want}/offers").status_code == 401
    missing = street.client.get(f"/api/v1/wants/{street.ben.id}/offers", headers=street.ben.headers)
    assert missing.status_code == 404


def test_only_ones_own_things_are_offered_and_only_to_wants(street, want, chairs, answer, cora):
    mine = chairs(street.ben, 12)

    assert answer(mine, cora).status_code == 403
    assert answer(mine, street.ben, want_id=mine).status_code == 404
    assert answer(street.ben.id, street.ben).status_code == 404
    assert answer(chairs(street.anna, 2), street.anna).json()["reasons"][0]["code"] == "own_listing"


def test_a_want_of_a_partner_is_not_answered_from_here_yet(street, answer, chairs):
    there = mirrored(
        street.instance, street.stranger.id, purpose="want", title="Chairs",
        wanted={"starts_at": moment(START), "ends_at": moment(END), "units": 4, "filled_units": 0},
    )  # fmt: skip

    refused = answer(chairs(street.ben, 2), street.ben, want_id=there)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_yet")


@pytest.mark.parametrize("step", ["pause", "close"])
def test_a_want_that_rests_or_has_ended_is_not_answered(street, want, chairs, answer, step):
    body = {"reason": "fulfilled_elsewhere"} if step == "close" else None
    street.client.post(f"/api/v1/listings/{want}/{step}", json=body, headers=street.anna.headers)

    refused = answer(chairs(street.ben, 2), street.ben)

    assert (refused.status_code, refused.json()["code"]) in {(409, "want_not_open"), (404, "not_found")}


def test_t06_nobody_offers_what_is_promised(street, chairs, answer, offered):
    mine = chairs(street.ben, 12)
    street.promised(mine, by=street.stranger, units=8)

    refused = answer(mine, street.ben, 5)

    assert (refused.status_code, refused.json()["code"], refused.json()["free_units"]) == (
        409,
        "slot_taken",
        4,
    )
    assert offered(mine, street.ben, 4)["units"] == 4


def test_who_offers_may_go_beyond_their_own_limits_but_not_into_the_past(
    street, chairs, answer, offered, clock
):
    mine = chairs(street.ben, 12, limits={"max_minutes": 60})

    past = answer(mine, street.ben, at=(clock.now() - DAY, END))

    assert [reason["code"] for reason in past.json()["reasons"]] == ["in_the_past"]
    assert offered(mine, street.ben)["state"] == "countered"


def test_t18_what_is_reserved_for_others_is_not_offered(street, chairs, answer):
    refused = answer(chairs(street.ben, 12, audience="organisations"), street.ben)

    assert [reason["code"] for reason in refused.json()["reasons"]] == ["audience"]


def test_t20_an_offer_lapses_like_a_request(street, want, chairs, offered, at, told):
    made = offered(chairs(street.ben, 12, answer_hours=48), street.ben, 12)

    at(START - 6 * DAY)
    assert told() == [("answer_due", ["borrower"])]
    at(START - 4 * DAY)

    assert street.read(made, street.ben)["state"] == "expired"
    assert found(street, want)[0] == 0


def test_offers_accepted_at_the_same_time_are_all_counted(street, want, chairs, offered):
    made = [offered(chairs(street.ben, 8), street.ben, 8) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda one: street.act("accept-counter", one, street.anna), made))

    assert [one.status_code for one in answers] == [200] * 5
    assert found(street, want) == (40, "closed", "fulfilled_here")
