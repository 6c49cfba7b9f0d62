"""Who may have what (T18), and what the provider may set aside (T9), at the request and at the confirmation."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.accounts.tables import Person
from app.bookings import service as bookings
from app.bookings.problems import NotBookable
from app.kernel.actor import SYSTEM, Actor, ActorKind, StaffRole
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.listings import service as listings
from app.listings.schemas import ListingCreate
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START
from tests.factories.listings import offer, weekly

DAY = timedelta(days=1)
HALLE = UUID(int=1)


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"max_active_bookings": 4})


def later(days, hours=48):
    return START + days * DAY, START + days * DAY + timedelta(hours=hours)


def codes(answer):
    return [reason["code"] for reason in answer.json()["reasons"]]


def quoted(street, listing_id, at=(START, END), by=None, **ask):
    body = {"starts_at": at[0].isoformat(), "ends_at": at[1].isoformat(), **ask}
    headers = (by or street.anna).headers
    answer = street.client.post(f"/api/v1/listings/{listing_id}/quote", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def edit(street, listing_id, **fields):
    headers = street.ben.headers | {"If-Match": "*"}
    answer = street.client.patch(f"/api/v1/listings/{listing_id}", json=fields, headers=headers)
    assert answer.status_code == 200, answer.text


def born(street, who, day):
    answer = street.client.patch("/api/v1/me", json={"born_on": day}, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def suspend(street, who):
    with street.instance.transactions.writing(SYSTEM) as work:
        work.session.get_one(Person, who.id).suspended_at = work.now


def test_t18_what_is_for_adults_asks_for_a_date_of_birth_that_nobody_sees(street):
    saw = street.offer(min_age=18)

    unknown = street.ask(saw)
    born(street, street.anna, "2008-12-01")
    too_young = street.ask(saw)
    old_enough = street.ask(saw, at=later(1))

    assert (codes(unknown), codes(too_young)) == (["age_unknown"], ["too_young"])
    assert old_enough.status_code == 201
    assert (
        "2008"
        not in street.client.get(
            f"/api/v1/bookings/{old_enough.json()['id']}", headers=street.ben.headers
        ).text
    )


def test_t18_a_date_of_birth_can_be_taken_along_and_taken_back(street):
    assert born(street, street.anna, "1987-04-23")["born_on"] == "1987-04-23"
    export = street.client.get("/api/v1/me/export", headers=street.anna.headers).json()
    assert export["account"]["person"]["born_on"] == "1987-04-23"
    assert born(street, street.anna, None)["born_on"] is None

    for nonsense in ("2026-11-24", "1850-01-01", "yesterday"):
        refused = street.client.patch("/api/v1/me", json={"born_on": nonsense}, headers=street.anna.headers)
        assert refused.status_code == 422


def test_t18_a_date_of_birth_goes_with_its_person(street):
    born(street, street.anna, "1987-04-23")

    assert street.client.delete("/api/v1/me", headers=street.anna.headers).status_code == 204

    with street.instance.transactions.reading(SYSTEM) as reading:
        assert reading.session.get_one(Person, street.anna.id).born_on is None


def test_t18_an_organisation_is_as_old_as_who_asks_in_its_name(street):
    saw = street.offer(min_age=18)
    club = street.client.post(
        "/api/v1/organisations", json={"name": "Club"}, headers=street.anna.headers
    ).json()["id"]

    before = street.ask(saw, organisation_id=club)
    born(street, street.anna, "1990-01-01")
    asked = street.requested(saw, organisation_id=club)

    assert codes(before) == ["age_unknown"]
    assert street.done("accept", asked, street.ben)["state"] == "confirmed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"audience": "organisations"}, "audience"),
        ({"min_age": 16}, "age_unknown"),
    ],
)
def test_t18_who_may_have_it_is_asked_again_at_the_confirmation(street, change, code):
    drill = street.offer()
    asked = street.requested(drill)
    edit(street, drill, **change)

    refused = street.act("accept", asked, street.ben)

    assert (refused.status_code, codes(refused)) == (409, [code])
    assert street.read(asked, street.anna)["state"] == "requested"


def test_t18_whoever_was_suspended_meanwhile_is_promised_nothing(street):
    asked = street.requested()
    suspend(street, street.anna)

    assert codes(street.act("accept", asked, street.ben)) == ["suspended"]


def test_t18_whoever_lends_and_was_suspended_promises_nothing_new_and_keeps_what_was_promised(street):
    drill, saw = street.offer(), street.offer()
    promised, asked, offered = street.promised(drill), street.requested(saw), street.requested(street.offer())
    street.done("counter", offered, street.ben, condition="With gloves")
    suspend(street, street.ben)

    for action, booking, who in (
        ("accept", asked, street.ben),
        ("counter", asked, street.ben),
        ("accept-counter", offered, street.anna),
    ):
        refused = street.act(action, booking, who, **({"condition": "x"} if action == "counter" else {}))
        assert (refused.status_code, codes(refused)) == (409, ["provider_suspended"])
    assert street.done("hand-over", promised, street.ben)["state"] == "handed_over"
    assert street.done("decline", asked, street.ben)["state"] == "declined"


def test_t18_as_many_bookings_of_one_thing_as_its_quota_allows(street):
    drill = street.offer(quota={"active_bookings": 2})
    first = street.requested(drill)
    street.requested(drill, at=later(3))

    refused = street.ask(drill, at=later(6))
    by_another = street.ask(drill, at=later(6), by=street.stranger)
    street.done("withdraw", first, street.anna)
    again = street.ask(drill, at=later(9))

    assert codes(refused) == ["too_many_of_this"]
    assert codes(quoted(street, drill, later(12))) == ["too_many_of_this"]
    assert (by_another.status_code, again.status_code) == (201, 201)


def test_t18_as_many_bookings_at_a_time_as_the_instance_allows(street):
    asked = [street.requested(street.offer()) for _ in range(4)]

    refused = street.ask(street.offer())

    assert codes(refused) == ["too_many_bookings"]
    assert refused.json()["ways_out"] == []
    assert {street.done("accept", one, street.ben)["state"] for one in asked} == {"confirmed"}


def test_t18_what_is_back_no_longer_counts_at_a_time_but_for_the_days_of_the_month(street, clock):
    drill = street.offer(quota={"active_bookings": 1, "days_per_month": 4})
    out = street.handed_over(drill, at=later(1))
    clock.set(later(1)[0])
    street.done("take-back", out, street.ben)

    fits = quoted(street, drill, later(3, hours=4))
    too_long = quoted(street, drill, later(3))
    next_month = quoted(
        street,
        drill,
        (datetime.fromisoformat("2027-01-04T09:00Z"), datetime.fromisoformat("2027-01-08T08:00Z")),
    )

    assert codes(fits) == []
    assert codes(too_long) == ["too_many_days"]
    assert codes(next_month) == ["too_many_days"]


def test_t18_a_lowered_quota_still_lets_the_provider_say_yes_to_the_first(street):
    drill = street.offer()
    first, second = street.requested(drill), street.requested(drill, at=later(3))
    edit(street, drill, quota={"active_bookings": 1})

    street.done("accept", second, street.ben)
    refused = street.act("accept", first, street.ben)

    assert codes(refused) == ["too_many_of_this"]


def test_t18_time_is_protected_week_by_week_and_another_week_is_named(street):
    hour = timedelta(hours=1)
    time = street.offer(kind="time", time={"tasks": ["listening"], "asks_per_week": 1})
    street.requested(time, at=(START, START + hour), by=street.stranger)

    refused = street.ask(time, at=(START + DAY, START + DAY + hour))
    next_week = street.ask(time, at=(START + 7 * DAY, START + 7 * DAY + hour))

    assert codes(refused) == ["enough_asks_this_week"]
    assert refused.json()["reasons"][0]["next_free_week"] == "2026-12-07"
    assert refused.json()["ways_out"][0]["starts_at"] == "2026-12-07T09:00:00Z"
    assert next_week.status_code == 201


def test_t08_two_bookings_closer_than_the_gap_count_as_one_and_for_others_they_do_not(street):
    drill = street.offer(limits={"max_minutes": 3 * 24 * 60, "chain_gap_minutes": 12 * 60})
    street.requested(drill)

    chained = street.ask(drill, at=later(2))
    apart = street.ask(drill, at=later(3))
    by_another = street.ask(drill, at=later(5), by=street.stranger)

    assert codes(chained) == ["chain_too_long"]
    assert (apart.status_code, by_another.status_code) == (201, 201)


@pytest.mark.parametrize("round_", range(2))
def test_t18_asks_at_the_same_time_cannot_exceed_a_quota(street, round_):
    drills = [street.offer(units=9, quota={"active_bookings": 2}) for _ in range(2)]
    street.anna  # noqa: B018 - there before anybody races

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda number: street.ask(drills[number % 2], at=later(number)), range(12)))

    assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 8}
    mine = street.client.get("/api/v1/bookings", headers=street.anna.headers).json()["items"]
    assert Counter(item["listing"]["id"] for item in mine) == {str(drill): 2 for drill in drills}


@pytest.mark.parametrize("round_", range(3))
def test_t18_asks_for_different_things_at_the_same_time_cannot_exceed_what_one_may_have(street, round_):
    """No listing is asked for twice: it is the borrower who is held still, nothing else."""
    drills = [street.offer() for _ in range(12)]
    street.anna  # noqa: B018 - there before anybody races

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(street.ask, drills))

    assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 8}


def test_t18_promises_made_at_the_same_time_cannot_exceed_a_lowered_quota(street):
    drill = street.offer(units=9)
    asked = [street.requested(drill, at=later(number)) for number in range(4)]
    edit(street, drill, quota={"active_bookings": 1})

    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda one: street.act("accept", one, street.ben), asked))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 3}


def for_a_resident_of_halle(street, listing_id, ref, at=(START, END)):
    with street.instance.transactions.writing(Actor(ActorKind.PARTNER, HALLE)) as work:
        return bookings.request_for_partner(
            work,
            partner_id=HALLE,
            partner_name="halle.example",
            remote_id=new_id(),
            ref=ref,
            listing_id=listing_id,
            span=Interval(*at),
            units=1,
        )


def refusal_of_halle(street, listing_id, ref, at=(START, END)):
    with pytest.raises(NotBookable) as refused:
        for_a_resident_of_halle(street, listing_id, ref, at)
    return [reason.code for reason in refused.value.reasons]


def test_t18_quotas_count_each_of_a_partners_residents_by_the_name_the_partner_gives(street):
    drill = street.offer(federation="bookable", quota={"active_bookings": 1})
    for_a_resident_of_halle(street, drill, "one")

    assert refusal_of_halle(street, drill, "one", later(5)) == ["too_many_of_this"]
    for_a_resident_of_halle(street, drill, "two", later(5))


def test_t18_what_one_may_have_at_a_time_holds_for_partners_residents_too(street):
    for _ in range(4):
        for_a_resident_of_halle(street, street.offer(federation="bookable"), "one")

    assert refusal_of_halle(street, street.offer(federation="bookable"), "one") == ["too_many_bookings"]


def test_t18_an_age_that_cannot_be_known_refuses(street):
    saw = street.offer(federation="bookable", min_age=18)

    assert refusal_of_halle(street, saw, "one") == ["age_unknown"]


def own_use(street, listing_id, by=None, **ask):
    return street.ask(listing_id, by=by or street.ben, override_reason="Our own street festival", **ask)


def test_t09_a_provider_enters_a_booking_for_own_use_and_the_story_says_why(street):
    hours = {"pick_up": weekly(("09:00", "10:00"), days=("friday",))}
    limits = {"lead_minutes": 14 * 24 * 60, "max_minutes": 60, "horizon_days": 1}
    drill = street.offer(hours=hours, limits=limits, quota={"active_bookings": 1})

    plain = street.ask(drill, by=street.ben)
    entered = own_use(street, drill)

    assert set(codes(plain)) >= {"own_listing", "too_soon", "too_long", "outside_pick_up_hours"}
    booking = entered.json()
    assert (entered.status_code, booking["state"]) == (201, "confirmed")
    assert (booking["events"][0]["reason"], booking["events"][0]["note"]) == (
        "override",
        "Our own street festival",
    )


def test_t09_what_began_today_can_still_be_entered_and_what_is_over_cannot(street, clock):
    drill = street.offer(booking_mode="instant")
    now = clock.now()

    assert own_use(street, drill, at=(now - timedelta(hours=2), now + timedelta(hours=2))).status_code == 201
    assert codes(own_use(street, street.offer(), at=(now - DAY, now + DAY))) == ["in_the_past"]
    assert codes(
        own_use(street, street.offer(), at=(now - timedelta(hours=2), now - timedelta(hours=1)))
    ) == ["in_the_past"]


def test_t09_nobody_overrides_what_is_taken_closed_or_a_suspension(street):
    drill = street.offer()
    street.requested(drill)
    closed = street.offer()
    closure = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
    street.client.post(f"/api/v1/listings/{closed}/closures", json=closure, headers=street.ben.headers)

    assert codes(own_use(street, drill)) == ["not_enough_units"]
    assert codes(own_use(street, closed)) == ["closed"]
    suspend(street, street.ben)
    assert codes(own_use(street, drill, at=later(9))) == ["suspended"]


def test_t09_staff_may_override_and_others_may_not(street):
    drill = street.offer(limits={"lead_minutes": 30 * 24 * 60})

    refused = own_use(street, drill, by=street.anna)
    by_staff = own_use(street, drill, by=street.moderator)

    assert (refused.status_code, by_staff.status_code) == (403, 201)
    assert by_staff.json()["state"] == "requested"
    assert street.done("accept", by_staff.json(), street.ben)["state"] == "confirmed"


def test_t06_bookings_by_staff_and_of_imported_things_go_through_the_same_calendar(street):
    command = ListingCreate.model_validate({"kind": "equipment", "title": "Imported drill"})
    ben = street.ben.id
    with street.instance.transactions.writing(SYSTEM) as work:
        drill = listings.create(work, command, provider_id=ben, external_ref="csv-7").id
        listings.publish(work, drill)
    own_use(street, drill, by=street.moderator)

    assert codes(street.ask(drill)) == ["not_enough_units"]
    assert codes(own_use(street, drill)) == ["not_enough_units"]
    with street.instance.transactions.reading(SYSTEM) as reading:
        assert listings.calendars_amiss(reading) == []


class TestWhereOnlyOrganisationsTakePart:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(
            update={"who_may_borrow": "organisations", "who_may_offer": "organisations"}
        )

    def test_t18_the_instance_says_so_and_judges_so(self, street, instance):
        mo = signed_in_person(instance, "Admin", staff=StaffRole.ADMIN)
        drill = offer(instance, mo).id
        club = street.client.post(
            "/api/v1/organisations", json={"name": "Club"}, headers=street.anna.headers
        ).json()["id"]
        draft = {"kind": "equipment", "title": "A drill"}
        want = {
            "kind": "equipment",
            "title": "A drill",
            "purpose": "want",
            "wanted": {"starts_at": START.isoformat(), "ends_at": END.isoformat()},
        }

        policies = street.client.get("/api/v1/instance").json()["policies"]
        by_person = street.ask(drill)
        by_club = street.ask(drill, organisation_id=club)
        made = [
            street.client.post("/api/v1/listings", json=body, headers=street.anna.headers)
            for body in (draft, draft | {"organisation_id": club}, want)
        ]

        assert (policies["who_may_borrow"], policies["who_may_offer"], policies["max_active_bookings"]) == (
            "organisations",
            "organisations",
            4,
        )
        assert (codes(by_person), by_person.json()["ways_out"]) == (["instance_policy"], [])
        assert by_club.status_code == 201
        assert [answer.status_code for answer in made] == [403, 201, 201]
        assert codes(made[0]) == ["instance_policy"]
