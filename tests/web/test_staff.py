"""For those entrusted with the instance: what waits, what was reported, how partners are."""

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.browsers import Browser

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def browser(client, who):
    opened = Browser(client)
    opened.sign_in(who)
    return opened


def test_a_report_is_made_decided_and_objected_to(street, client):
    drill = street.offer(title="Saw without a guard")
    anna, mo, ben = (browser(client, who) for who in (street.anna, street.moderator, street.ben))
    anna.open(f"/report?target=listing&target_id={drill}")
    assert "Waits for the staff" in anna.send("/report", wrong="dangerous", words="It has no guard.")
    case = anna.page.url.path

    assert "It has no guard." in mo.open(f"/moderation{case}")
    decided = mo.send("/decide", action="close", statement="Saws need their guard.")

    assert "Close it" in decided
    assert "Saws need their guard." in ben.open(case)
    shown = ben.send("/object", words="The guard is on now.")
    assert "Somebody does not agree" in shown
    assert "Your objection is here." in shown
    assert "The guard is on now." in mo.open(f"/moderation{case}")
    max_ = browser(client, signed_in_person(street.instance, "Max", staff="moderator"))
    max_.open(f"/moderation{case}")
    max_.send("/decide", action="lift", statement="It has its guard.")
    assert "This is yours" in ben.open(f"/listings/{drill}")
    assert "When it is free" in ben.page.text


def test_only_staff_sees_the_desk(street, client):
    anna, mo = browser(client, street.anna), browser(client, street.moderator)
    for path in ("/staff", "/moderation/reports", "/staff/texts"):
        anna.open(path)
        mo.open(path)
        assert (anna.page.status_code, mo.page.status_code) == (403, 200), path


def test_what_the_instance_says_about_itself_is_written_and_read(instance, street, client):
    admin = browser(client, signed_in_person(instance, "Ada", staff="admin"))
    admin.open("/staff/texts")

    shown = admin.send(
        "/staff/texts", imprint_de="## Wer wir sind\n\nDie *Bibliothek der Dinge*.<script>x</script>"
    )

    assert "<em>Bibliothek der Dinge</em>" in shown
    assert "<script>x" not in shown
