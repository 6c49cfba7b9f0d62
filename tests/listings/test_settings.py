"""The settings of a listing: kept as given, private where they are private, and wholes and parts in order."""

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.listings import draft, mirrored, offer

SETTINGS = {
    "queue_turn_hours": 12,
    "overdue_margin_hours": 6,
    "min_age": 16,
    "quota": {"active_bookings": 2, "days_per_month": 10},
    "vat_permille": 190,
    "contract_text": "Bitte geladen zurückbringen.",
}
LIMITS = {"closed_days_counted": 1, "chain_gap_minutes": 1_440, "lead_working_days": 2}


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


def create(client, who, **fields):
    body = {"kind": "equipment", "title": "Beamer", **fields}
    return client.post("/api/v1/listings", json=body, headers=who.headers)


def patch(client, who, listing_id, **changes):
    return client.patch(
        f"/api/v1/listings/{listing_id}", json=changes, headers={**who.headers, "if-match": "*"}
    )


def read(client, listing_id, who=None):
    return client.get(f"/api/v1/listings/{listing_id}", headers=who.headers if who else {}).json()


def test_every_setting_is_kept_as_it_was_given(client, anna):
    answer = create(
        client,
        anna,
        **SETTINGS,
        limits=LIMITS,
        place={"subdivision": "DE-BY"},
        hours={"closed_on_holidays": False},
    ).json()

    assert {name: answer[name] for name in SETTINGS} == SETTINGS
    assert {name: answer["limits"][name] for name in LIMITS} == LIMITS
    assert answer["place"]["subdivision"] == "DE-BY"
    assert answer["hours"]["closed_on_holidays"] is False


def test_what_is_left_out_is_as_usual(client, anna):
    answer = create(client, anna).json()

    assert (answer["queue_turn_hours"], answer["overdue_margin_hours"]) == (48, 24)
    assert (answer["min_age"], answer["quota"], answer["vat_permille"], answer["part_of"]) == (None,) * 4
    assert answer["contract_text"] == ""
    assert (
        answer["limits"]
        | {
            "closed_days_counted": None,
            "chain_gap_minutes": 0,
            "lead_working_days": 0,
        }
        == (answer["limits"])
    )
    assert answer["hours"]["closed_on_holidays"] is None


def test_an_edit_changes_one_setting_and_leaves_the_others(client, anna):
    made = create(client, anna, **SETTINGS, limits=LIMITS, place={"subdivision": "DE-BY"}).json()

    answer = patch(
        client, anna, made["id"], quota={"active_bookings": None}, limits={"closed_days_counted": None}
    ).json()

    assert answer["quota"] == {"active_bookings": None, "days_per_month": 10}
    assert answer["limits"]["closed_days_counted"] is None
    assert answer["limits"]["chain_gap_minutes"] == 1_440
    assert answer["place"]["subdivision"] == "DE-BY"
    assert {name: answer[name] for name in SETTINGS if name != "quota"} == {
        name: value for name, value in SETTINGS.items() if name != "quota"
    }


def test_null_takes_a_setting_away(client, anna):
    made = create(client, anna, **SETTINGS).json()

    answer = patch(client, anna, made["id"], quota=None, min_age=None, vat_permille=None).json()

    assert (answer["quota"], answer["min_age"], answer["vat_permille"]) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"queue_turn_hours": 0}, "/queue_turn_hours"),
        ({"overdue_margin_hours": 337}, "/overdue_margin_hours"),
        ({"min_age": 0}, "/min_age"),
        ({"quota": {"days_per_month": 32}}, "/quota/days_per_month"),
        ({"vat_permille": 1_001}, "/vat_permille"),
        ({"limits": {"closed_days_counted": -1}}, "/limits/closed_days_counted"),
        ({"limits": {"chain_gap_minutes": 44_641}}, "/limits/chain_gap_minutes"),
        ({"limits": {"lead_working_days": 61}}, "/limits/lead_working_days"),
        ({"place": {"subdivision": "Sachsen"}}, "/place/subdivision"),
        ({"kind": "space", "space": {"release_after_minutes": 14}}, "/space/release_after_minutes"),
    ],
)
def test_a_setting_out_of_bounds_is_refused_by_name(client, anna, fields, pointer):
    answer = create(client, anna, **fields)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


PRIVATE = [
    ("space", {"access_notes": "Schlüssel im Kasten, 4711"}, "access_notes"),
    ("know_how", {"form": "recorded", "access": "https://example.org/geheim"}, "access"),
]


@pytest.mark.parametrize(("kind", "details", "name"), PRIVATE)
def test_what_opens_a_door_is_told_to_the_providers_side_only(client, instance, anna, kind, details, name):
    stranger = signed_in_person(instance, "Bernd")
    made = offer(instance, anna, kind=kind, **{kind: details})

    assert read(client, made.id, anna)[kind][name] == details[name]
    for answer in (read(client, made.id, stranger), read(client, made.id)):
        assert answer[kind][name] is None
    found = client.get("/api/v1/listings", params={"kind": kind})
    assert found.json()["items"][0][kind][name] is None
    assert details[name] not in found.text


@pytest.mark.parametrize(("kind", "details", "name"), PRIVATE)
def test_what_opens_a_door_stays_when_something_else_is_edited(client, instance, anna, kind, details, name):
    made = offer(instance, anna, kind=kind, **{kind: details})

    assert patch(client, anna, made.id, title="Saal").json()[kind][name] == details[name]


@pytest.mark.parametrize(("kind", "details", "name"), PRIVATE)
def test_what_opens_a_door_never_travels_to_partners(instance, anna, kind, details, name):
    from app.federation.service.rendering import listing_data
    from app.kernel.actor import SYSTEM

    made = offer(instance, anna, kind=kind, **{kind: details})

    with instance.transactions.reading(SYSTEM) as reading:
        told = listing_data(reading, made.id)
    assert told is not None
    assert details[name] not in str(told.to_json())


def test_what_opens_a_door_at_a_partner_is_not_kept_here(client, instance, anna):
    from app.kernel.ids import new_id

    there = mirrored(
        instance, new_id(), kind="space", space={"capacity": 5, "access_notes": "4711"}, federation="bookable"
    )

    assert read(client, there)["space"]["capacity"] == 5
    with instance.transactions.reading(anna.actor_in(instance)) as reading:
        from app.listings import service as listings

        assert listings.terms(reading, there).access_notes is None


def test_a_booking_is_given_every_setting_it_freezes(instance, anna):
    from app.listings import service as listings

    made = offer(
        instance,
        anna,
        kind="know_how",
        know_how={"form": "recorded", "access": "Link", "access_at_once": True, "asks_per_week": 3},
        **SETTINGS,
    )

    with instance.transactions.reading(anna.actor_in(instance)) as reading:
        terms = listings.terms(reading, made.id)
    assert (terms.queue_turn_hours, terms.overdue_margin_hours, terms.min_age) == (12, 6, 16)
    assert (terms.quota.active_bookings, terms.quota.days_per_month) == (2, 10)
    assert (terms.vat_permille, terms.contract_text) == (190, SETTINGS["contract_text"])
    assert (terms.access, terms.access_at_once, terms.asks_per_week) == ("Link", True, 3)
    assert (terms.access_notes, terms.release_after_minutes, terms.part_of) == (None, None, None)


# Wholes and parts (T17).


def test_t17_a_half_is_a_part_of_its_hall(client, instance, anna):
    hall = draft(instance, anna, kind="space", title="Saal")

    answer = create(client, anna, kind="space", title="Halber Saal", part_of=str(hall.id))

    assert answer.json()["part_of"] == str(hall.id)


def test_t17_a_part_can_leave_its_whole(client, instance, anna):
    hall = draft(instance, anna, title="Satz")
    part = draft(instance, anna, title="Teil", part_of=hall.id)

    assert patch(client, anna, part.id, part_of=None).json()["part_of"] is None


def whole_that_will_not_do(instance, anna, stranger, why):
    match why:
        case "another's":
            return offer(instance, stranger).id
        case "several":
            return draft(instance, anna, units=2).id
        case "a want":
            wanted = {"starts_at": "2026-12-24T10:00:00Z", "ends_at": "2026-12-24T12:00:00Z"}
            return draft(instance, anna, purpose="want", wanted=wanted).id
        case _:
            return "019abcde-0000-7000-8000-000000000000"


@pytest.mark.parametrize("why", ["another's", "several", "a want", "unknown"])
def test_t17_a_whole_is_one_offer_of_the_same_provider(client, instance, anna, why):
    whole = whole_that_will_not_do(instance, anna, signed_in_person(instance, "Bernd"), why)

    answer = create(client, anna, part_of=str(whole))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/part_of")


def test_t17_nothing_is_a_part_of_itself_round_the_corner(client, instance, anna):
    hall = draft(instance, anna, title="Saal")
    half = draft(instance, anna, title="Hälfte", part_of=hall.id)

    for whole in (hall, half):
        answer = patch(client, anna, hall.id, part_of=str(whole.id))
        assert answer.status_code == 422


def test_t17_trees_are_four_deep_at_most(client, instance, anna):
    one = draft(instance, anna, title="Haus")
    two = draft(instance, anna, title="Stockwerk", part_of=one.id)
    three = draft(instance, anna, title="Saal", part_of=two.id)
    four = draft(instance, anna, title="Hälfte", part_of=three.id)

    assert create(client, anna, title="Viertel", part_of=str(four.id)).status_code == 422
    above = draft(instance, anna, title="Hof")
    assert patch(client, anna, one.id, part_of=str(above.id)).status_code == 422
    assert patch(client, anna, two.id, part_of=str(above.id)).status_code == 200


def test_t17_a_whole_with_parts_stays_one(client, instance, anna):
    hall = draft(instance, anna, title="Saal")
    draft(instance, anna, title="Hälfte", part_of=hall.id)

    answer = patch(client, anna, hall.id, units=2)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/units")


def test_t17_a_part_whose_whole_is_closed_can_still_be_edited(client, instance, anna):
    hall = offer(instance, anna, title="Saal")
    part = draft(instance, anna, title="Hälfte", part_of=hall.id)
    client.post(f"/api/v1/listings/{hall.id}/close", json={}, headers=anna.headers)

    assert patch(client, anna, part.id, title="Kleiner Saal").status_code == 200


def test_t17_the_parts_of_a_draft_that_is_removed_stand_alone(client, instance, anna):
    hall = draft(instance, anna, title="Saal")
    part = draft(instance, anna, title="Hälfte", part_of=hall.id)

    client.delete(f"/api/v1/listings/{hall.id}", headers={**anna.headers, "if-match": "*"})

    assert read(client, part.id, anna)["part_of"] is None
