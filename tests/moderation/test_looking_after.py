"""What the staff accounts for, a region's numbers, and what an instance says about itself."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.kernel import audit
from app.kernel.actor import SYSTEM, StaffRole
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.listings import draft
from tests.factories.queries import counted

AUDIT, NUMBERS, INSTANCE = "/api/v1/admin/audit", "/api/v1/admin/numbers", "/api/v1/instance"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def admin(instance):
    return signed_in_person(instance, "Nele", staff=StaffRole.ADMIN)


def test_whatever_staff_does_is_written_down_with_who_what_and_why(street, client, admin):
    drill = street.offer()
    client.post(f"/api/v1/listings/{drill}/pause", headers=street.moderator.headers)
    client.post(f"/api/v1/listings/{drill}/publish", headers=street.ben.headers)
    said = {"target": "listing", "target_id": str(drill), "wrong": "spam", "words": "Sold elsewhere."}
    made = client.post("/api/v1/reports", json=said, headers=street.anna.headers).json()["id"]
    refused = {"action": "uphold", "statement": "No."}
    decide = f"/api/v1/moderation/reports/{made}/decide"
    assert client.post(decide, json=refused, headers=street.moderator.headers).status_code == 409
    client.post(
        decide, json={"action": "close", "statement": "It is sold."}, headers=street.moderator.headers
    )

    first = client.get(AUDIT, params={"limit": 2}, headers=admin.headers)
    rest = client.get(first.links["next"]["url"], headers=admin.headers).json()["items"]

    entries = [*first.json()["items"], *rest]
    assert [(one["actor"] and one["actor"]["name"], one["action"], one["why"]) for one in entries] == [
        ("Mo", "report.close", "It is sold."),
        ("Mo", "listing.pause", ""),
        (None, "staff.appoint.moderator", ""),
        (None, "staff.appoint.admin", ""),
    ]
    about = client.get(
        AUDIT, params={"about_id": str(drill), "action": "report.close"}, headers=admin.headers
    )
    assert [one["number"] for one in about.json()["items"]] == [4]
    none = client.get(AUDIT, params={"until": "2026-11-01T00:00:00Z"}, headers=admin.headers)
    assert none.json()["items"] == []


@pytest.mark.parametrize(
    "tampered",
    ["UPDATE audit_entry SET why = 'He asked nicely.' WHERE number = 2", "DELETE FROM audit_entry WHERE number = 1",
     "UPDATE audit_entry SET actor_kind = 'partner' WHERE number = 2"],
)  # fmt: skip
def test_an_entry_that_was_changed_or_taken_away_is_noticed_and_one_that_was_forgotten_is_not(
    street, admin, instance, tampered
):
    assert street.moderator
    assert street.ben

    with instance.transactions.writing(SYSTEM) as work:
        audit.forget(work.session, admin.id)
        assert audit.broken(work.session) == []
        work.session.connection().execute(text(tampered))

    with instance.transactions.reading(SYSTEM) as reading:
        assert audit.broken(reading.session) == [2]


def test_a_listing_that_is_given_back_says_what_is_amiss_and_is_looked_at_again(
    street, client, instance, run_jobs
):
    listing = draft(instance, street.ben, title="Tent").id
    address = f"/api/v1/listings/{listing}"
    staff, ben = street.moderator.headers, street.ben.headers
    client.post(f"{address}/publish", headers=ben)
    note = "Please say how large it is."
    client.post(f"{address}/pause", headers=staff)
    assert client.post(f"{address}/reject", json={"note": note}, headers=staff).status_code == 409
    said = {"target": "listing", "target_id": str(listing), "wrong": "other", "words": "How large?"}
    made = client.post("/api/v1/reports", json=said, headers=street.anna.headers).json()["id"]
    hidden = {"action": "hide", "statement": "It says too little."}
    client.post(f"/api/v1/moderation/reports/{made}/decide", json=hidden, headers=staff)
    assert client.post(f"{address}/reject", json={"note": note}, headers=ben).status_code == 403

    rejected = client.post(f"{address}/reject", json={"note": note}, headers=staff).json()
    assert (rejected["state"], rejected["review_note"]) == ("draft", note)
    again = client.post(f"{address}/publish", headers=ben).json()
    assert again["state"] == "in_review", "what was found amiss is looked at before it appears again"
    approved = client.post(f"{address}/approve", headers=staff).json()
    assert (approved["state"], approved["review_note"]) == ("published", None)
    run_jobs()
    told = client.get("/api/v1/me/notifications?topic=listings", headers=ben).json()["items"]
    assert [one["kind"] for one in told] == ["listing_approved", "listing_rejected"]


def test_the_numbers_of_a_region_need_few_queries_and_say_nothing_of_anybody(
    street, client, instance, clock, admin
):
    kept = street.handed_over(units=1)
    street.done("take-back", kept, street.ben)
    client.post(f"/api/v1/bookings/{kept['id']}/complete", json={}, headers=street.anna.headers)
    off = street.promised(street.offer(title="Ladder"))
    street.done("cancel", off, street.anna, reason="ill")
    want = {"purpose": "want", "kind": "equipment", "title": "Chairs",
            "wanted": {"starts_at": "2026-12-05T10:00:00Z", "ends_at": "2026-12-05T12:00:00Z", "units": 4}}  # fmt: skip
    sought = client.post("/api/v1/listings", json=want, headers=street.anna.headers).json()["id"]
    client.post(f"/api/v1/listings/{sought}/publish", headers=street.anna.headers)
    reason = {"reason": "not_fulfilled"}
    client.post(f"/api/v1/listings/{sought}/close", json=reason, headers=street.anna.headers)
    clock.turn(timedelta(days=20))
    instance.runner.run_due()
    with counted(instance) as first:
        found = client.get(NUMBERS, params={"months": 3}, headers=admin.headers).json()
    street.offer(title="Drill")
    with counted(instance) as again:
        client.get(NUMBERS, params={"months": 36}, headers=admin.headers)

    assert [one["month"] for one in found["months"]] == ["2026-10", "2026-11", "2026-12"]
    november = found["months"][1]
    ended = {name: sum(one[name] for one in found["months"]) for name in november if name.startswith("loans")}
    assert ended == {"loans_kept": 1, "loans_broken": 0, "loans_called_off": 1, "loans_unreported": 0}
    assert (november["wants_met"], november["wants_unmet"]) == (0, 1)
    assert (november["active_people"], november["active_organisations"]) == (2, 0)
    assert (found["people"], found["listings"]["equipment"], found["listings"]["wants"]) == (3, 2, 0)
    assert len(first) == len(again) <= 8
    assert client.get(NUMBERS, headers=street.ben.headers).status_code == 403


def test_an_instance_says_who_is_responsible_in_two_languages_and_nothing_in_it_runs(street, client, admin):
    before = client.get(INSTANCE)
    imprint = "## Imprint\n\n<script>alert(1)</script> [mail](mailto:us@example.org) [x](javascript:alert(1))"
    change = {"texts": {"imprint": {"de": "**Wir**", "en": imprint}}}
    seen = admin.headers | {"If-Match": before.headers["etag"]}
    assert client.patch(INSTANCE, json=change, headers=admin.headers).status_code == 428
    moderator = street.moderator.headers | {"If-Match": "*"}
    assert client.patch(INSTANCE, json=change, headers=moderator).status_code == 403
    assert client.patch(INSTANCE, json=change, headers={"If-Match": "*"}).status_code == 401

    assert client.patch(INSTANCE, json=change, headers=seen).status_code == 200
    assert client.patch(INSTANCE, json=change, headers=seen).status_code == 412

    texts = client.get(INSTANCE).json()["texts"]
    assert texts["imprint"]["de"] == {"markdown": "**Wir**", "html": "<p><strong>Wir</strong></p>\n"}
    shown = texts["imprint"]["en"]["html"]
    assert "<h2>Imprint</h2>" in shown
    assert 'href="mailto:us@example.org"' in shown
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert texts["privacy"] == {"de": None, "en": None}
    gone = {"texts": {"imprint": {"en": None}, "contact": {"en": "Write to us."}}}
    texts = client.patch(INSTANCE, json=gone, headers=admin.headers | {"If-Match": "*"}).json()["texts"]
    assert (texts["imprint"]["en"], texts["imprint"]["de"]["markdown"]) == (None, "**Wir**")
