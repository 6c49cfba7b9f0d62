"""Counter-offers: other terms before the promise, and who says yes to them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.accounts.tables import Person
from tests.factories.bookings import END, START, actions_of, story_of

DAY = timedelta(days=1)
LATER = (START + 7 * DAY, END + 7 * DAY)
PER_DAY = {"tariff": "regular", "billing_unit": "calendar_day", "amount_minor": 500, "currency": "EUR"}


def when(start, end):
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat()}


def moment(at):
    return at.isoformat().replace("+00:00", "Z")


def test_a_counter_offer_stands_until_the_borrower_says_yes(street):
    asked = street.requested()

    offered = street.done(
        "counter",
        asked,
        street.ben,
        **when(*LATER),
        place_note="At the workshop",
        condition="Bring your own bits",
    )
    seen = street.read(asked, street.anna)

    assert offered["state"] == "countered"
    assert (seen["starts_at"], seen["ends_at"]) == (moment(LATER[0]), moment(LATER[1]))
    assert seen["counter"] == {
        "by": "provider", "starts_at": moment(LATER[0]), "ends_at": moment(LATER[1]), "units": 1,
        "place_note": "At the workshop", "condition": "Bring your own bits", "price": None,
        "since": seen["counter"]["since"], "lapses_at": seen["expires_at"],
    }  # fmt: skip
    assert actions_of(seen) == {"counter", "accept-counter", "withdraw"}
    assert actions_of(offered) == {"decline"}
    assert seen["contact"] is None

    promised = street.done("accept-counter", asked, street.anna)

    assert (promised["state"], promised["counter"]) == ("confirmed", None)
    assert (promised["place_note"], promised["condition"]) == ("At the workshop", "Bring your own bits")
    assert promised["contact"] is not None


def test_the_story_tells_who_offered_what(street):
    chairs = street.offer(units=5, tariffs=[PER_DAY])
    asked = street.requested(chairs, units=4)
    street.done("counter", asked, street.ben, units=3)
    street.done("counter", asked, street.anna, ends_at=(END - DAY).isoformat())

    told = street.read(asked, street.ben)["events"]

    assert [(event["action"], event["role"], event["terms"]["units"]) for event in told] == [
        ("request", "borrower", 4),
        ("counter", "provider", 3),
        ("counter", "borrower", 3),
    ]
    assert [event["terms"]["price"]["amount_minor"] for event in told] == [6000, 4500, 3000]
    assert told[2]["terms"]["ends_at"] == moment(END - DAY)


def test_the_hold_moves_with_the_terms(street):
    drill = street.offer()
    asked = street.requested(drill)

    street.done("counter", asked, street.ben, **when(*LATER))

    assert street.ask(drill, by=street.stranger).status_code == 201
    assert street.ask(drill, by=street.stranger, at=LATER).status_code == 409


@pytest.mark.parametrize("who", ["ben", "anna"])
def test_t06_nobody_offers_what_is_taken(street, who):
    drill = street.offer()
    asked = street.requested(drill)
    if who == "anna":
        street.done("counter", asked, street.ben, condition="Only with gloves")
    street.promised(drill, by=street.stranger, at=LATER)

    refused = street.act("counter", asked, getattr(street, who), **when(*LATER))

    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    assert refused.json()["free_units"] == 0
    assert street.read(asked, street.anna)["starts_at"] == moment(START)


def test_t06_a_counter_offer_is_looked_at_again_when_it_is_accepted(street):
    drill = street.offer(request_holds=False)
    asked = street.requested(drill)
    street.done("counter", asked, street.ben, **when(*LATER))
    street.promised(drill, by=street.stranger, at=LATER)

    refused = street.act("accept-counter", asked, street.anna)

    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    assert street.read(asked, street.anna)["state"] == "countered"


def test_t18_who_was_suspended_meanwhile_is_not_promised_a_counter_offer(street):
    asked = street.requested()
    street.done("counter", asked, street.ben, **when(*LATER))
    with street.instance.database.writing() as session:
        session.get_one(Person, street.anna.id).suspended_at = START

    refused = street.act("accept-counter", asked, street.anna)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_bookable")
    assert [reason["code"] for reason in refused.json()["reasons"]] == ["suspended"]


def test_a_provider_may_go_beyond_their_own_limits_and_a_borrower_not(street):
    drill = street.offer(limits={"max_minutes": 3 * 24 * 60})
    long = {"ends_at": (START + 6 * DAY).isoformat()}
    mine, theirs = (
        street.requested(drill),
        street.requested(street.offer(limits={"max_minutes": 3 * 24 * 60})),
    )
    street.done("counter", theirs, street.ben, condition="Only with gloves")

    refused = street.act("counter", theirs, street.anna, **long)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_bookable")
    assert [reason["code"] for reason in refused.json()["reasons"]] == ["too_long"]
    assert street.done("counter", mine, street.ben, **long)["state"] == "countered"


def test_nobody_offers_the_past(street, clock):
    asked = street.requested()

    refused = street.act("counter", asked, street.ben, **when(clock.now() - DAY, END))

    assert [reason["code"] for reason in refused.json()["reasons"]] == ["in_the_past"]


def test_there_are_three_counter_offers_in_all(street):
    asked = street.requested()
    for who, days in ((street.ben, 1), (street.anna, 2), (street.ben, 3)):
        street.done("counter", asked, who, ends_at=(END + days * DAY).isoformat())

    refused = street.act("counter", asked, street.anna, ends_at=END.isoformat())

    assert (refused.status_code, refused.json()["code"]) == (409, "step_not_possible")
    assert [reason["code"] for reason in refused.json()["reasons"]] == ["counters_left"]
    assert actions_of(street.read(asked, street.anna)) == {"accept-counter", "withdraw"}
    assert story_of(street.done("accept-counter", asked, street.anna))[1:] == ["counter"] * 3 + [
        "accept-counter"
    ]


@pytest.mark.parametrize(
    ("who", "body"),
    [
        ("ben", {}),
        ("ben", {"units": 1}),
        ("ben", when(END, START)),
        ("ben", {"amount_minor": -1}),
        ("ben", {"place_note": "x" * 501}),
        ("anna", {"amount_minor": 100}),
    ],
)
def test_what_is_nothing_new_or_cannot_be_meant_is_refused(street, who, body):
    asked = street.requested()
    if who == "anna":
        street.done("counter", asked, street.ben, condition="Only with gloves")

    assert street.act("counter", asked, getattr(street, who), **body).status_code == 422


def test_each_waits_for_the_other(street):
    asked = street.requested()

    assert street.act("counter", asked, street.anna, ends_at=(END - DAY).isoformat()).status_code == 403
    street.done("counter", asked, street.ben, ends_at=(END - DAY).isoformat())
    assert street.act("counter", asked, street.ben, ends_at=END.isoformat()).status_code == 409
    assert street.act("accept-counter", asked, street.ben).status_code == 403
    assert street.act("accept", asked, street.ben).status_code == 409
    assert street.act("counter", asked, street.stranger, units=1).status_code == 404


@pytest.mark.parametrize(
    ("action", "who", "state"), [("decline", "ben", "declined"), ("withdraw", "anna", "withdrawn")]
)
def test_a_counter_offer_that_ends_frees_its_units(street, action, who, state):
    drill = street.offer()
    asked = street.requested(drill)
    street.done("counter", asked, street.ben, **when(*LATER))

    ended = street.done(action, asked, getattr(street, who))

    assert (ended["state"], ended["counter"]) == (state, None)
    assert street.ask(drill, by=street.stranger, at=LATER).status_code == 201


def test_t14_the_price_is_counted_anew_by_the_tariff_of_the_request(street):
    drill = street.offer(units=5, tariffs=[PER_DAY])
    asked = street.requested(drill, units=2)
    dearer = {"tariffs": [PER_DAY | {"amount_minor": 900}]}
    address = f"/api/v1/listings/{drill}"
    street.client.patch(address, json=dearer, headers=street.ben.headers | {"If-Match": "*"})

    offered = street.done("counter", asked, street.ben, ends_at=(END + DAY).isoformat())
    again = street.done("counter", asked, street.anna, units=1)

    assert asked["price"]["amount_minor"] == 2 * 3 * 500
    assert offered["price"]["amount_minor"] == 2 * 4 * 500
    assert again["price"]["amount_minor"] == 4 * 500
    assert street.done("accept", asked, street.ben)["price"] == again["price"]


def test_t14_another_price_needs_the_borrower(street):
    asked = street.requested(street.offer(tariffs=[PER_DAY]))

    offered = street.done("counter", asked, street.ben, amount_minor=4200)

    assert offered["counter"]["price"] == {"amount_minor": 4200, "currency": "EUR"}
    assert street.act("accept", asked, street.ben).status_code == 409
    promised = street.done("accept-counter", asked, street.anna)
    assert (promised["price"], promised["pricing"]) == (
        {"amount_minor": 4200, "currency": "EUR"},
        "by_arrangement",
    )


def test_t14_other_time_from_the_borrower_leaves_a_named_price_behind(street):
    asked = street.requested(street.offer(tariffs=[PER_DAY]))
    street.done("counter", asked, street.ben, amount_minor=4200)

    again = street.done("counter", asked, street.anna, ends_at=(END - DAY).isoformat())

    assert (again["price"]["amount_minor"], again["pricing"]) == (1000, "tariff")


def test_t14_a_free_thing_can_be_offered_for_a_price_and_a_priced_one_for_free(street):
    free, priced = street.requested(), street.requested(street.offer(tariffs=[PER_DAY]))

    dear = street.done("counter", free, street.ben, amount_minor=500)
    gift = street.done("counter", priced, street.ben, amount_minor=0)

    assert (dear["price"], dear["pricing"]) == ({"amount_minor": 500, "currency": "EUR"}, "by_arrangement")
    assert (gift["price"], gift["pricing"]) == (None, "free")


@pytest.fixture
def garden(street):
    """Anna's organisation, recognised; the answer ends the recognition."""
    address = street.client.post(
        "/api/v1/organisations", json={"name": "Community garden"}, headers=street.anna.headers
    ).headers["location"]

    def step(who, name="", **body):
        answer = street.client.post(f"{address}/recognition{name}", json=body, headers=who.headers)
        assert answer.status_code < 300, answer.text

    step(street.anna, proof="declaration", declaration="We plant trees for everybody.")
    step(street.moderator, "/approve")
    return address.rsplit("/", 1)[1], lambda: step(street.moderator, "/revoke", note="No more trees.")


def test_t18_a_lapsed_recognition_is_told_at_the_yes_and_the_provider_can_counter(street, garden):
    organisation_id, revoke = garden
    drill = street.offer(tariffs=[PER_DAY, PER_DAY | {"tariff": "reduced", "amount_minor": 100}])
    asked = street.requested(drill, organisation_id=organisation_id)
    assert asked["price"]["amount_minor"] == 300
    revoke()

    refused = street.act("accept", asked, street.ben)
    offered = street.done("counter", asked, street.ben, note="The regular price, as things are")
    promised = street.done("accept-counter", asked, street.anna)

    assert (refused.status_code, refused.json()["code"]) == (409, "recognition_lapsed")
    assert (offered["tariff"], offered["counter"]["price"]["amount_minor"]) == ("regular", 1500)
    assert (promised["state"], promised["price"]["amount_minor"]) == ("confirmed", 1500)


def test_t18_a_recognition_that_lapses_during_a_counter_offer_is_told_to_the_borrower(street, garden):
    organisation_id, revoke = garden
    drill = street.offer(tariffs=[PER_DAY, PER_DAY | {"tariff": "reduced", "amount_minor": 100}])
    asked = street.requested(drill, organisation_id=organisation_id)
    street.done("counter", asked, street.ben, ends_at=(END - DAY).isoformat())
    revoke()

    refused = street.act("accept-counter", asked, street.anna)

    assert (refused.status_code, refused.json()["code"]) == (409, "recognition_lapsed")


def test_t18_a_turn_is_offered_at_todays_tariff_and_one_that_lapses_meanwhile_is_countered(
    street, garden, run_jobs
):
    organisation_id, revoke = garden

    def waits():
        drill = street.offer(tariffs=[PER_DAY, PER_DAY | {"tariff": "reduced", "amount_minor": 100}])
        held = street.requested(drill, by=street.stranger)
        ask = when(START, END) | {"organisation_id": organisation_id}
        path = f"/api/v1/listings/{drill}/queue"
        return held, street.client.post(path, json=ask, headers=street.anna.headers).json()

    (before, early), (after, late) = waits(), waits()
    assert late["price"]["amount_minor"] == 300
    street.done("withdraw", before, street.stranger)
    run_jobs()
    revoke()
    street.done("withdraw", after, street.stranger)
    run_jobs()

    offered = street.read(late, street.anna)
    assert (offered["state"], offered["tariff"], offered["price"]["amount_minor"]) == (
        "offered", "regular", 1500,
    )  # fmt: skip
    assert offered["events"][-1]["terms"]["price"]["amount_minor"] == 1500
    assert street.done("take", late, street.anna)["state"] == "requested"
    assert street.done("accept", late, street.ben)["price"]["amount_minor"] == 1500
    assert street.done("take", early, street.anna)["price"]["amount_minor"] == 300
    assert street.act("accept", early, street.ben).json()["code"] == "recognition_lapsed"
    assert street.done("counter", early, street.ben, note="As it is now")["price"]["amount_minor"] == 1500


def test_t20_after_each_counter_offer_the_answer_time_runs_anew_but_never_past_the_start(street, clock, at):
    asked = street.requested(street.offer(answer_hours=48))
    clock.turn(timedelta(hours=40))
    first = street.done("counter", asked, street.ben, condition="Only with gloves")
    assert first["expires_at"][:16] == moment(clock.now() + timedelta(hours=48))[:16]

    soon = (clock.now() + timedelta(hours=30)).replace(minute=0, second=0, microsecond=0)
    second = street.done("counter", asked, street.anna, **when(soon, soon + DAY))
    assert second["expires_at"] == moment(soon)

    at(soon)
    lapsed = street.read(asked, street.anna)
    assert (lapsed["state"], lapsed["counter"]) == ("expired", None)


def test_t20_the_borrower_is_reminded_of_a_counter_offer_and_then_it_lapses(street, at, told, clock):
    asked = street.requested(street.offer(answer_hours=48))
    street.done("counter", asked, street.ben, ends_at=(END - DAY).isoformat())
    offered = clock.now()

    at(offered + timedelta(hours=25))
    assert told() == [("answer_due", ["borrower"])]
    clock.set(offered + timedelta(hours=48))
    late = street.act("accept-counter", asked, street.anna)
    assert [reason["code"] for reason in late.json()["reasons"]] == ["not_lapsed"]
    at(clock.now())

    assert street.read(asked, street.anna)["state"] == "expired"


def test_t20_those_with_a_counter_offer_hear_too_when_somebody_else_is_promised(street, told):
    drill = street.offer(request_holds=False)
    asked, rival = street.requested(drill), street.requested(drill, by=street.stranger)
    street.done("counter", asked, street.ben, condition="Only with gloves")

    street.done("accept", rival, street.ben)

    assert told() == [("no_longer_fits", ["borrower", "provider"])]


def test_what_was_agreed_in_words_goes_with_those_who_go(street):
    asked = street.requested()
    street.done("counter", asked, street.ben, place_note="Secret place", condition="Secret word")
    street.done("accept-counter", asked, street.anna)

    gone = street.client.delete("/api/v1/me", headers=street.ben.headers)

    assert gone.status_code in (202, 204), gone.text
    left = street.client.get(f"/api/v1/bookings/{asked['id']}", headers=street.anna.headers)
    assert "Secret" not in left.text
    assert left.json()["state"] == "cancelled"


def test_accepting_a_counter_offer_and_a_rival_gives_one_promise(street):
    for _ in range(5):
        drill = street.offer(request_holds=False)
        mine, rival = street.requested(drill), street.requested(drill, by=street.stranger)
        street.done("counter", mine, street.ben, condition="Only with gloves")
        hands = [("accept-counter", mine, street.anna), ("accept", rival, street.ben)] * 3

        with ThreadPoolExecutor(len(hands)) as pool:
            answers = list(pool.map(lambda hand: street.act(*hand), hands))

        assert [answer.status_code for answer in answers].count(200) == 1
        states = {street.read(mine, street.anna)["state"], street.read(rival, street.stranger)["state"]}
        assert "confirmed" in states
        assert len(states) == 2


def test_t06_offers_made_at_once_for_one_day_hold_no_more_than_there_is(street):
    chairs = street.offer(units=2)
    asked = [
        street.requested(
            chairs, units=2, at=(START + number * DAY, START + number * DAY + timedelta(hours=1))
        )
        for number in range(5)
    ]

    def offer(booking):
        return street.act("counter", booking, street.ben, **when(*LATER), units=1).status_code

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(offer, asked))

    assert sorted(answers) == [200, 200, 409, 409, 409]
