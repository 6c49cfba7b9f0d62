"""The contract of a promise: who gets it and when, what stands in it, and that nobody can change it."""

import io
from dataclasses import replace
from datetime import timedelta

import pypdf
import pytest

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM
from tests.factories.bookings import START

REGULAR = {"tariff": "regular", "billing_unit": "started_24h", "amount_minor": 1250, "currency": "EUR"}


def paper(street, booking, by, **query):
    return street.client.get(
        f"/api/v1/bookings/{booking['id']}/contract.pdf", params=query, headers=by.headers
    )


def pages(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(answer.content)).pages


def text_of(answer):
    return " ".join("\n".join(page.extract_text() for page in pages(answer)).split())


def versions(street, booking, by):
    answer = street.client.get(f"/api/v1/bookings/{booking['id']}/contracts", headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_free_loan_has_a_leihvertrag_that_says_who_what_where_and_when(street):
    booking = street.promised(street.offer(title="Apfelpresse", units=3), units=2)

    said = text_of(paper(street, booking, street.anna, language="de"))

    assert "Leihvertrag" in said
    assert "§ 598 BGB" in said
    assert "Es wird nichts bezahlt." in said
    for part in ("Anna", "anna@example.org", "Ben", "ben@example.org", "Apfelpresse", "Anzahl 2"):
        assert part in said
    assert "Karl-Heine-Straße 1, 04229 Leipzig" in said
    assert "Montag, 30. November 2026, 10:00 Uhr (MEZ)" in said
    assert "Mittwoch, 2. Dezember 2026, 10:00 Uhr (MEZ)" in said


def test_whatever_is_paid_makes_it_a_mietvertrag(street):
    listing = street.offer(units=3, tariffs=[REGULAR], deposit={"amount_minor": 5000, "currency": "EUR"})
    booking = street.promised(listing, units=2)

    said = text_of(paper(street, booking, street.ben, language="de"))

    assert "Mietvertrag" in said
    assert "§ 535 BGB" in said
    assert "Leihvertrag" not in said
    assert "Regulärer Tarif, je angefangene 24 Stunden" in said
    assert "2 × 2 12,50 € 50,00 €" in said
    assert "Zu zahlen 50,00 €" in said
    assert "Kaution 100,00 €" in said


def test_t14_the_contract_says_net_tax_and_total(street):
    booking = street.promised(street.offer(units=3, tariffs=[REGULAR], vat_permille=190), units=2)

    said = text_of(paper(street, booking, street.ben, language="de"))

    assert "Netto 50,00 € Umsatzsteuer 19 % 9,50 € Zu zahlen 59,50 €" in said


def test_a_price_by_arrangement_makes_it_a_mietvertrag_with_a_line_for_the_price(street):
    booking = street.promised(street.offer(tariffs=None))

    said = text_of(paper(street, booking, street.ben, language="de"))

    assert "Mietvertrag" in said
    assert "wird zwischen beiden vereinbart: ____" in said


def test_help_is_neither_lent_nor_let(street):
    listing = street.offer(kind="know_how", title="Fahrrad reparieren", place={"locality": "Leipzig"})
    booking = street.promised(listing, at=(START, START + timedelta(hours=2)))

    said = text_of(paper(street, booking, street.anna, language="de"))

    assert "Vereinbarung" in said
    assert "§ 662 BGB" in said
    assert "Leihvertrag" not in said


def test_it_is_there_in_english_and_in_the_language_the_reader_asks_for(street):
    booking = street.promised()
    path = f"/api/v1/bookings/{booking['id']}/contract.pdf"

    english = text_of(paper(street, booking, street.anna, language="en"))
    asked = street.client.get(path, headers=street.anna.headers | {"Accept-Language": "en"})

    assert "Loan contract" in english
    assert "Monday, 30 November 2026, 10:00 (CET)" in english
    assert text_of(asked) == english


def test_before_the_promise_there_is_none_and_a_stranger_finds_nothing(street):
    request = street.requested()
    path = f"/api/v1/bookings/{request['id']}"

    early = paper(street, request, street.anna)
    street.done("accept", request, street.ben)
    strangers = [
        street.client.get(f"{path}/{what}", headers=street.stranger.headers)
        for what in ("contract.pdf", "contracts")
    ]

    assert early.status_code == 409
    assert early.json()["type"] == "/problems/no-contract-yet"
    assert [answer.status_code for answer in strangers] == [404, 404]


def test_a_request_that_was_declined_never_had_one(street):
    request = street.requested()
    street.done("decline", request, street.ben)

    assert paper(street, request, street.anna).status_code == 409


def test_the_file_is_named_after_what_it_is_without_any_id(street):
    booking = street.promised(street.offer(title="Große Säge / 2,4 kW"))

    answer = paper(street, booking, street.anna, language="de")

    told = answer.headers["content-disposition"]
    assert 'filename="Leihvertrag-Grosse-Saege-2-4-kW-2026-11-30.pdf"' in told
    assert "filename*=UTF-8''Leihvertrag-Gro%C3%9Fe-S%C3%A4ge-2-4-kW-2026-11-30.pdf" in told
    assert booking["id"] not in told


def test_hand_over_and_return_make_new_versions_and_the_old_stay_as_they_were(street):
    booking = street.promised()
    before = paper(street, booking, street.anna, language="de", version=1)
    street.done("hand-over", booking, street.ben, condition="Akku geladen, Kratzer links")
    street.done("hand-over", booking, street.anna)
    street.done("take-back", booking, street.ben, condition="Sauber zurück")

    listed = versions(street, booking, street.ben)
    newest = text_of(paper(street, booking, street.anna, language="de"))

    assert [one["version"] for one in listed] == [4, 3, 2, 1]
    assert len({one["digest"] for one in listed}) == 4
    assert "Akku geladen, Kratzer links" in newest
    assert "Sauber zurück" in newest
    assert "Fassung 4" in newest
    assert listed[0]["digest"] in newest.replace(" ", "")
    again = paper(street, booking, street.anna, language="de", version=1)
    assert again.content == before.content
    assert "Akku geladen" not in text_of(again)


def test_who_has_it_already_is_told_so(street):
    booking = street.promised()
    first = paper(street, booking, street.anna)

    again = street.client.get(
        f"/api/v1/bookings/{booking['id']}/contract.pdf",
        headers=street.anna.headers | {"If-None-Match": first.headers["etag"]},
    )

    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_usual_loan_fits_on_one_page_and_thirty_lines_of_terms_on_two(street, language):
    few = street.promised(street.offer(terms="Bitte sauber zurückbringen.\nKein Verleih an Dritte."))
    many = street.promised(
        street.offer(terms="\n".join(f"{number}. Bitte vorsichtig behandeln." for number in range(30)))
    )

    assert len(pages(paper(street, few, street.anna, language=language))) == 1
    assert len(pages(paper(street, many, street.anna, language=language))) <= 2


def test_it_can_be_read_aloud(street):
    booking = street.promised(street.offer(title="Apfelpresse"))

    for language, title in (("de", "Leihvertrag: Apfelpresse"), ("en", "Loan contract: Apfelpresse")):
        reader = pypdf.PdfReader(io.BytesIO(paper(street, booking, street.anna, language=language).content))
        root = reader.trailer["/Root"]
        assert root["/Lang"] == language
        assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf has a boolean of its own
        assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
        assert reader.metadata.title == title
        assert {"/H1", "/H2", "/Table", "/TH", "/TD"} <= _roles(root["/StructTreeRoot"])
        assert "pdfuaid:part" in root["/Metadata"].get_data().decode()


def _roles(node):
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return set().union(*(_roles(one) for one in node))
    if not isinstance(node, dict):
        return set()
    return ({str(node["/S"])} if "/S" in node else set()) | _roles(node.get("/K", []))


def test_what_people_write_is_text_and_never_template(street):
    title = '#panic("x") $x$ *fett* _x_ @ref \\ `c` <l> // /* "q" #let x = 1'
    terms = "#include \"/etc/passwd\"\n= Keine Rubrik\n$ sum_(i=0)^n $\n\\u{41} ~ -- --- ... 'x'\n#sys.inputs"
    booking = street.promised(street.offer(title=title, terms=terms))

    said = text_of(paper(street, booking, street.anna, language="de"))

    assert " ".join(title.split()) in said
    for line in terms.splitlines():
        assert line in said
    assert "root:" not in said


def test_names_in_other_scripts_do_not_vanish(street):
    title = "Şehriban Öztürk, Владимир Щукин, Łukasz Żółć, Ğılım, Ελένη, ẞ ß"
    booking = street.promised(street.offer(title=title))

    assert title in text_of(paper(street, booking, street.anna, language="de"))


def test_what_no_font_shows_stands_there_as_a_sign_and_stops_nothing(street):
    booking = street.promised(street.offer(title="Säge 👩🏽‍🔧", terms="Danke 🎉🎉"))

    said = text_of(paper(street, booking, street.anna, language="de"))

    assert "Säge" in said
    assert "Danke" in said


def test_a_word_without_end_stays_on_the_paper(street):
    booking = street.promised(street.offer(terms="https://example.org/" + "a" * 900))

    [page] = pages(paper(street, booking, street.anna, language="de"))

    assert len(page.extract_text().split("example.org/")[1].split("Unterschrift")[0].splitlines()) > 5


def test_who_leaves_is_no_longer_named_and_the_digest_stays(street, clock):
    booking = street.done("complete", _returned(street), street.anna)
    [digest, *_] = [one["digest"] for one in versions(street, booking, street.ben)]
    clock.turn(timedelta(days=1))

    assert street.client.delete("/api/v1/me", headers=street.anna.headers).status_code == 204

    listed = versions(street, booking, street.ben)
    for one in listed:
        said = text_of(paper(street, booking, street.ben, language="de", version=one["version"]))
        assert "Anna" not in said
        assert "anna@example.org" not in said
        assert "ben@example.org" in said
    assert listed[0]["digest"] == digest
    assert all(one["anonymised"] for one in listed)


def test_a_year_after_its_end_it_names_nobody(street, instance, clock, run_jobs):
    booking = street.done("complete", _returned(street), street.anna)

    clock.turn(timedelta(days=364))
    run_jobs()
    before = text_of(paper(street, booking, _again(instance, street.ben), language="de"))
    clock.turn(timedelta(days=3))
    run_jobs()
    after = text_of(paper(street, booking, _again(instance, street.ben), language="de"))

    assert "Anna" in before
    assert "Cordless drill" in before
    assert not any(word in after for word in ("Anna", "Ben", "Cordless drill", "Karl-Heine"))
    assert "Leihvertrag" in after
    assert "2. Dezember 2026" in after


def _again(instance, neighbour):
    """The same person, signed in anew: sessions do not last a year."""
    with instance.transactions.writing(SYSTEM) as work:
        opened = accounts.open_session(work, neighbour.id)
    return replace(neighbour, token=opened.access_token)


def _returned(street):
    booking = street.handed_over()
    return street.done("take-back", booking, street.ben, condition="Gut")
