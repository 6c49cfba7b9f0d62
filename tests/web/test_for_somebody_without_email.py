"""Somebody without e-mail borrows through who acts for them: entered by the staff, asked for on the listing's page."""

import re

from app.kernel.actor import StaffRole
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.browsers import Browser


def test_the_staff_enters_somebody_and_the_office_asks_in_their_name(instance, client):
    street = Street(instance, client)
    drill = street.offer()
    office = Browser(client)
    office.sign_in(street.anna)
    office.open("/organisations")
    office.send("/organisations", name="District office", description="")
    home = office.page.url.path
    staff = Browser(client)
    staff.sign_in(signed_in_person(instance, "Mo", staff=StaffRole.MODERATOR))
    staff.open(home)
    assert "Erna Lorenz" in staff.send("/assisted", display_name="Erna Lorenz", phone="0341 998877")

    assert "Erna Lorenz" in office.open(home)
    page = office.open(f"/listings/{drill}")
    erna = re.search(r'<option value="([0-9a-f-]{36})">Erna Lorenz</option>', page)
    assert erna
    when = "from_day=2026-11-30&from_time=10:00&until_day=2026-12-01&until_time=10:00"
    office.open(f"/listings/{drill}?{when}&organisation_id={erna[1]}")
    office.send("/ask")

    asked = client.get("/api/v1/bookings", headers=street.ben.headers).json()["items"]
    assert [one["borrower"]["name"] for one in asked] == ["Erna Lorenz"]
    for stranger in (Browser(client), staff):
        assert "Erna Lorenz" not in stranger.open(f"/listings/{drill}")
    assert "Erna Lorenz" not in Browser(client).open(home)
