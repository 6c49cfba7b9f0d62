"""From somebody's word that something is wrong to a decision, an objection and another decision."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.accounts import service as accounts
from app.kernel.actor import StaffRole
from app.kernel.ids import new_id
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.listings import mirrored, offer
from tests.factories.mail import text_of

REPORTS, CASES = "/api/v1/reports", "/api/v1/moderation/reports"
WHY = "It has no guard, and somebody will get hurt."
REASONS = "A saw without its guard may not be lent."


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def second(instance):
    """The other member of the staff."""
    return signed_in_person(instance, "Nele", staff=StaffRole.ADMIN)


def report(street, target_id, *, by=None, target="listing"):
    said = {"target": target, "target_id": str(target_id), "wrong": "dangerous", "words": WHY}
    return street.client.post(REPORTS, json=said, headers=(by or street.anna).headers)


def reported(street, target_id, **how):
    answer = report(street, target_id, **how)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{REPORTS}/{answer.json()['id']}"
    return f"{REPORTS}/{answer.json()['id']}", f"{CASES}/{answer.json()['id']}"


def decide(street, case, action, *, by=None, statement=REASONS, **more):
    body = {"action": action, "statement": statement, **more}
    return street.client.post(f"{case}/decide", json=body, headers=(by or street.moderator).headers)


def decided(street, case, action, **how):
    answer = decide(street, case, action, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def mails(mailbox, who):
    return [mail["Subject"] for mail in mailbox.to(who.email)]


def test_what_is_dangerous_disappears_until_the_staff_lets_it_appear_again(street, client, second, run_jobs):
    saw = street.offer(title="Saw")
    promised = street.promised(saw)
    report_, case = reported(street, saw)
    assert refusal(report(street, saw)) == (409, "already_reported")

    seen = client.get(case, headers=street.moderator.headers).json()
    assert (seen["shown"], seen["words"], seen["reporter"]["name"], seen["concerned"]["name"]) == (
        "", WHY, "Anna", "Ben",
    )  # fmt: skip
    assert seen["actions"] == ["dismiss", "warn", "hide", "close", "suspend"]
    decided(street, case, "hide")

    assert client.get(f"/api/v1/listings/{saw}").status_code == 404
    theirs = client.get(f"/api/v1/listings/{saw}", headers=street.ben.headers).json()
    assert (theirs["state"], theirs["review_note"]) == ("in_review", REASONS)
    publish = f"/api/v1/listings/{saw}/publish"
    assert client.post(publish, headers=street.ben.headers).status_code == 409
    assert street.done("hand-over", promised, street.ben)["state"] == "handed_over"
    waiting = client.get("/api/v1/moderation/listings", headers=street.moderator.headers).json()
    assert [one["id"] for one in waiting["items"]] == [str(saw)]

    made = client.get(report_, headers=street.anna.headers).json()
    assert (made["decisions"][0]["action"], made["decisions"][0]["statement"], made["may_object"]) == (
        "hide", None, False,
    )  # fmt: skip
    bens = client.get(report_, headers=street.ben.headers).json()
    assert (bens["words"], bens["decisions"][0]["statement"], bens["may_object"]) == (None, REASONS, True)

    objection = {"words": "The guard is on again."}
    answer = client.post(f"{report_}/object", json=objection, headers=street.ben.headers)
    assert answer.json()["state"] == "objected"
    assert refusal(decide(street, case, "lift")) == (403, "case_of_your_own")
    signed = decided(street, case, "lift", by=second, statement="The guard is on.")
    assert (signed["state"], signed["objection"]["words"]) == ("final", "The guard is on again.")
    assert client.get(f"/api/v1/listings/{saw}").json()["state"] == "published"
    again = client.post(f"{report_}/object", json=objection, headers=street.ben.headers)
    assert refusal(again) == (409, "objection_not_possible")


def test_who_is_suspended_neither_offers_nor_borrows_until_the_day_comes(street, client, clock, instance):
    drill = street.offer()
    other = offer(instance, street.stranger, title="Ladder")
    asked = street.requested(other.id, by=street.ben)
    promised = street.promised(drill)
    _, case = reported(street, street.ben.id, target="person")
    until = (clock.now() + timedelta(days=7)).isoformat()
    judged = decided(street, case, "suspend", until=until)

    assert judged["concerned"]["suspended"] is True
    me = client.get("/api/v1/me", headers=street.ben.headers).json()
    assert (me["suspended"], me["suspended_until"][:10]) == (True, "2026-11-30")
    assert client.get(f"/api/v1/listings/{drill}").json()["state"] == "paused"
    new = {"kind": "equipment", "title": "Spade"}
    assert client.post("/api/v1/listings", json=new, headers=street.ben.headers).status_code == 403
    publish = f"/api/v1/listings/{drill}/publish"
    assert client.post(publish, headers=street.ben.headers).status_code == 403
    assert refusal(street.ask(other.id, by=street.ben)) == (409, "not_bookable")
    assert refusal(street.act("accept", asked, street.stranger)) == (409, "not_bookable")
    assert street.act("hand-over", promised, street.ben).status_code == 200

    clock.turn(timedelta(days=7))
    assert client.get("/api/v1/me", headers=street.ben.headers).json()["suspended"] is False
    assert client.post(publish, headers=street.ben.headers).status_code == 200


def test_nobody_asks_in_the_name_of_a_suspended_organisation(street, client, instance):
    garden = client.post("/api/v1/organisations", json={"name": "Garden"}, headers=street.ben.headers).json()
    ladder = offer(instance, street.stranger, title="Ladder")
    _, case = reported(street, garden["id"], target="organisation")
    decided(street, case, "suspend")

    with instance.transactions.reading(street.ben.actor_in(instance)) as reading:
        assert accounts.standing_of_asker(reading, UUID(garden["id"])).suspended
    asked = street.ask(ladder.id, by=street.ben, organisation_id=garden["id"])
    assert refusal(asked) == (409, "not_bookable")
    assert street.ask(ladder.id, by=street.ben).status_code == 201

    decided(street, case, "lift")
    assert street.ask(ladder.id, by=street.stranger, organisation_id=garden["id"]).status_code == 403
    with instance.transactions.reading(street.ben.actor_in(instance)) as reading:
        assert not accounts.standing_of_asker(reading, UUID(garden["id"])).suspended


def test_nobody_judges_a_case_of_their_own_and_staff_is_suspended_by_admins(street, client, second, instance):
    garden = client.post(
        "/api/v1/organisations", json={"name": "Garden"}, headers=street.moderator.headers
    ).json()
    of_organisation = reported(street, garden["id"], target="organisation")[1]
    of_moderator = reported(street, street.moderator.id, target="person")[1]
    of_admin = reported(street, second.id, target="person")[1]

    assert refusal(decide(street, of_organisation, "dismiss")) == (403, "case_of_your_own")
    assert refusal(decide(street, of_moderator, "dismiss")) == (403, "case_of_your_own")
    assert client.get(of_moderator, headers=street.moderator.headers).json()["actions"] == []
    assert refusal(decide(street, of_admin, "suspend")) == (403, "not_allowed")
    decided(street, of_moderator, "suspend", by=second)
    assert client.get(CASES, headers=street.moderator.headers).status_code == 403


def test_a_message_is_judged_by_what_it_said_and_reported_by_who_may_read_it(street, client):
    booking = street.requested()
    path = f"/api/v1/bookings/{booking['id']}/messages"
    said = client.post(path, json={"text": "You fool."}, headers=street.ben.headers).json()
    assert report(street, said["id"], by=street.stranger, target="message").status_code == 404

    _, case = reported(street, said["id"], target="message")

    seen = client.get(case, headers=street.moderator.headers).json()
    assert (seen["shown"], seen["booking_id"], seen["concerned"]["id"]) == (
        "You fool.", booking["id"], str(street.ben.id),
    )  # fmt: skip
    assert seen["actions"] == ["dismiss", "warn", "suspend"]
    assert refusal(decide(street, case, "hide")) == (409, "decision_not_possible")


def test_strangers_learn_nothing_and_whom_it_concerns_only_what_was_decided(street, client):
    report_, case = reported(street, street.offer())

    assert client.get(report_, headers=street.ben.headers).status_code == 404
    assert client.get(report_, headers=street.stranger.headers).status_code == 404
    for path in (CASES, case, "/api/v1/moderation/listings", "/api/v1/admin/audit", "/api/v1/admin/numbers"):
        assert client.get(path, headers=street.ben.headers).status_code == 403, path
    assert decide(street, case, "dismiss", by=street.ben).status_code == 403
    decided(street, case, "dismiss")
    concerning = client.get(f"{REPORTS}?concerning_me=true", headers=street.ben.headers).json()["items"]
    assert [one["words"] for one in concerning] == [None]
    assert not concerning[0]["may_object"]


def test_both_are_told_and_the_staff_too(street, client, second, mailbox, run_jobs):
    report_, case = reported(street, street.offer(title="Saw"))
    run_jobs()
    assert mails(mailbox, street.anna)[-1] == "We have your report: Saw"
    assert mails(mailbox, second)[-1] == "A report to look at: Saw"
    assert [mail for mail in mails(mailbox, street.ben) if "report" in mail] == []

    decided(street, case, "close")
    run_jobs()
    assert mails(mailbox, street.anna)[-1] == "Something was done: Saw"
    assert REASONS not in text_of(mailbox.last_to(street.anna.email))
    told = text_of(mailbox.last_to(street.ben.email))
    assert "The reasons: " + REASONS in told.replace("\n", " ")
    assert f"http://testserver/reports/{report_.rpartition('/')[2]}" in told

    client.post(f"{report_}/object", json={"words": "It is safe."}, headers=street.ben.headers)
    run_jobs()
    assert mails(mailbox, second)[-1] == "An objection to look at: Saw"
    decided(street, case, "uphold", by=second, statement="It is not.")
    run_jobs()
    assert mails(mailbox, street.ben)[-1] == "It stays with the decision: Saw"
    inbox = client.get("/api/v1/me/notifications", headers=street.ben.headers).json()["items"]
    assert [detail["text"] for detail in inbox[0]["details"]] == ["It is not."]


def test_who_reports_in_vain_may_object_and_whoever_reports_too_much_waits(street, client, second):
    report_, case = reported(street, street.offer())
    decided(street, case, "dismiss", statement="It is fine.")
    made = client.get(report_, headers=street.anna.headers).json()
    assert (made["decisions"][0]["statement"], made["may_object"]) == ("It is fine.", True)
    client.post(f"{report_}/object", json={"words": "Look closer."}, headers=street.anna.headers)
    assert decided(street, case, "warn", by=second)["state"] == "decided"

    answers = [report(street, street.offer(title=f"Saw {number}")).status_code for number in range(20)]
    assert answers == [201] * 19 + [429]


def test_what_a_partner_shows_is_hidden_here_whatever_the_partner_tells_of_it(street, client, instance):
    halle = new_id()
    bike = mirrored(instance, halle)
    _, case = reported(street, bike)
    seen = client.get(case, headers=street.moderator.headers).json()
    assert (seen["concerned"], seen["actions"]) == (None, ["dismiss", "hide", "close"])
    decided(street, case, "hide")

    mirrored(instance, halle, title="Lastenrad, neu bereift")

    assert client.get(f"/api/v1/listings/{bike}").status_code == 404
    assert client.get("/api/v1/listings").json()["items"] == []
    decided(street, case, "lift")
    found = client.get("/api/v1/listings").json()["items"]
    assert [one["title"] for one in found] == ["Lastenrad, neu bereift"]
