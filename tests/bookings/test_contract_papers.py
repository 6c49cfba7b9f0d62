"""How a contract looks and reads, from its data: pure, without a booking behind it."""

import io
import re
from datetime import UTC, datetime

import pypdf
import pytest

from app.bookings.service.contract.content import digest
from app.bookings.service.contract.rendering import pdf
from app.bookings.service.contract.wording import form_of, paper

MADE: datetime = datetime(2026, 11, 23, 9, tzinfo=UTC)
FREE = {"pricing": "free", "total": None, "net": None, "vat": None, "vat_permille": None, "deposit": None,
        "tariff": None, "unit_price": None, "billing_unit": None, "count": 0}  # fmt: skip


def euro(minor):
    return {"amount_minor": minor, "currency": "EUR"}


TAXED = FREE | {"pricing": "tariff", "tariff": "regular", "billing_unit": "started_24h", "unit_price": euro(1250),
                "count": 2, "net": euro(5000), "vat": euro(950), "vat_permille": 190, "total": euro(5950)}  # fmt: skip


def party(name, **more):
    return {"kind": "person", "name": name, "email": f"{name.lower()}@example.org", "phone": "0341 1234",
            "address": None, "represented_by": None, **more}  # fmt: skip


def item(**more):
    return {
        "kind": "equipment",
        "title": "Apfelpresse",
        "place": {
            "street": "Karl-Heine-Straße 1",
            "postal_code": "04229",
            "locality": "Leipzig",
            "note": None,
        },
        "zone": "Europe/Berlin",
        "starts_at": "2026-10-24T16:00:00+00:00",
        "ends_at": "2026-10-25T17:00:00+00:00",
        "units": 2,
        "price": FREE,
        "terms": "Bitte sauber zurückbringen.\nKein Verleih an Dritte.",
        "contract_text": "",
        "condition": None,
        "cancel_until": "2026-10-23T16:00:00+00:00",
        "records": [],
        **more,
    }


def contract(*items, **more):
    return {"provider": party("Ben"), "borrower": party("Anna"), "items": list(items) or [item()], **more}


def printed(data, language="de"):
    said = paper(
        data, version=1, digest=digest(data), made_at=MADE, language=language, issuer="depot Leipzig"
    )
    return pypdf.PdfReader(io.BytesIO(pdf(said, made_at=MADE)))


def text(reader):
    """What can be read and copied, as one line, without the marks at which long words may break."""
    return " ".join("\n".join(page.extract_text() for page in reader.pages).replace("\u200b", "").split())


def test_an_address_that_has_room_is_copied_as_it_is():
    data = contract()
    data["borrower"] |= {"email": "friederike.naumann@posteo.de"}

    [page] = printed(data).pages

    assert "friederike.naumann@posteo.de" in page.extract_text()


@pytest.mark.parametrize(
    ("changes", "form"),
    [
        ({}, "loan"),
        ({"kind": "space"}, "loan"),
        ({"price": TAXED}, "rental"),
        ({"price": FREE | {"deposit": euro(5000)}}, "loan"),
        ({"price": TAXED | {"total": euro(0)}}, "loan"),
        ({"price": FREE | {"pricing": "by_arrangement"}}, "rental"),
        ({"price": FREE | {"pricing": "by_arrangement", "total": euro(500)}}, "rental"),
        ({"kind": "know_how"}, "mandate"),
        ({"kind": "time", "price": TAXED}, "service"),
    ],
)
def test_it_is_a_loan_while_nothing_at_all_is_paid(changes, form):
    assert form_of(contract(item(**changes))) == form
    assert form_of(contract(item(), item(price=TAXED))) == "rental"


def test_it_says_in_german_what_is_lent_where_and_when():
    said = text(printed(contract()))

    assert said.startswith("Leihvertrag depot Leipzig Unentgeltliche Überlassung nach § 598 BGB")
    assert "Gegenstand Apfelpresse Anzahl 2 Ort Karl-Heine-Straße 1, 04229 Leipzig" in said
    assert "Es wird nichts bezahlt." in said


def test_t13_both_zones_are_named_where_the_clocks_go_back_in_between():
    said = text(printed(contract()))

    assert "Von Samstag, 24. Oktober 2026, 18:00 Uhr (MESZ)" in said
    assert "Bis Sonntag, 25. Oktober 2026, 18:00 Uhr (MEZ)" in said


def test_it_says_the_same_in_english():
    said = text(printed(contract(item(price=TAXED)), "en"))

    assert said.startswith("Rental contract depot Leipzig Let for a charge (Mietvertrag, § 535 BGB)")
    assert "Saturday, 24 October 2026, 18:00 (CEST)" in said
    assert "Regular tariff, per started 24 hours 2 × 2 €12.50 €50.00" in said


def test_t14_it_says_net_tax_and_total_and_the_deposit_beside():
    said = text(printed(contract(item(price=TAXED | {"deposit": euro(10000)}))))

    assert "Regulärer Tarif, je angefangene 24 Stunden 2 × 2 12,50 € 50,00 €" in said
    assert "Netto 50,00 € Umsatzsteuer 19 % 9,50 € Zu zahlen 59,50 € Kaution 100,00 €" in said


def test_a_price_by_arrangement_leaves_a_line_for_it():
    said = text(printed(contract(item(price=FREE | {"pricing": "by_arrangement"}))))

    assert "Mietvertrag" in said
    assert "Der Preis wird zwischen beiden vereinbart: ____________." in said


def test_several_things_of_one_provider_stand_on_one_paper():
    bench = item(title="Bierbank", price=TAXED, terms="Nicht im Regen stehen lassen.")
    said = text(
        printed(contract(item(), bench, item(title="Zelt", price=FREE | {"pricing": "by_arrangement"})))
    )

    assert "Apfelpresse: kostenlos – – –" in said
    assert "Bierbank: Regulärer Tarif" in said
    assert "Zelt: nach Vereinbarung – – ________" in said
    assert "BEDINGUNGEN: BIERBANK" in said.upper()
    assert said.count("Kein Verleih an Dritte.") == 1
    assert len(re.findall(r"(Übergabe|Rückgabe) (Apfelpresse|Bierbank|Zelt)", said)) == 6


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_usual_loan_fits_on_one_page_and_thirty_lines_of_terms_on_two(language):
    usual = item(price=TAXED | {"deposit": euro(10000)}, condition="Nur mit Schutzbrille.")
    long_terms = "\n".join(f"{number}. Bitte vorsichtig behandeln." for number in range(30))

    assert len(printed(contract(usual), language).pages) == 1
    assert len(printed(contract(item(terms=long_terms)), language).pages) <= 2


@pytest.mark.parametrize(("language", "title"), [("de", "Leihvertrag"), ("en", "Loan contract")])
def test_it_can_be_read_aloud(language, title):
    reader = printed(contract(item(price=TAXED | {"total": euro(0)})), language)
    root = reader.trailer["/Root"]

    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf has a boolean of its own
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert reader.metadata.title == f"{title}: Apfelpresse"
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= _roles(root["/StructTreeRoot"])
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()


def _roles(node):
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return set().union(*(_roles(one) for one in node))
    if not isinstance(node, dict):
        return set()
    return ({str(node["/S"])} if "/S" in node else set()) | _roles(node.get("/K", []))


def test_what_people_write_is_text_and_never_template():
    title = '#panic("x") $x$ *fett* _x_ @ref \\ `c` <l> // /* "q" #let x = 1'
    terms = '#include "/etc/passwd"\n= Keine Rubrik\n$ sum_(i=0)^n $\n\\u{41} ~ -- --- ...\n#sys.inputs'
    record = {"kind": "hand_over", "role": "provider", "units": 1, "condition": "#pagebreak()", "photos": 2,
              "deposit": euro(500), "kept_minor": 100, "kept_reason": "$1$", "acknowledged_at": None,
              "recorded_at": "2026-10-24T16:00:00+00:00"}  # fmt: skip
    said = text(
        printed(contract(item(title=title, terms=terms, records=[record]), provider=party("#eval(1)")))
    )

    for written in (
        title,
        *terms.splitlines(),
        "#pagebreak()",
        "davon einbehalten: 1,00 € $1$",
        "#eval(1)",
    ):
        assert " ".join(written.split()) in said
    assert "2 Fotos" in said
    assert "root:" not in said


def test_names_in_other_scripts_do_not_vanish():
    title = "Şehriban Öztürk, Владимир Щукин, Łukasz Żółć, Ğılım, Ελένη, Ñandú, ẞ ß"

    assert title in text(printed(contract(item(title=title))))


def test_what_no_font_shows_stands_there_as_a_sign_and_stops_nothing():
    said = text(printed(contract(item(title="Säge 👩🏽‍🔧", terms="Danke 🎉🎉, 請小心 ก็"))))

    assert "Säge" in said
    assert "Danke" in said


def test_marks_that_nobody_could_read_aloud_stop_nothing():
    said = text(
        printed(contract(item(place=item()["place"] | {"note": "e\u0301\u200b\u200d\ufeff\u00ad: Hof"})))
    )

    assert ": Hof" in said


def test_everything_that_is_promised_to_be_shown_can_be_shown():
    """The set of characters that stay when one of a text cannot be shown: each of them must have a glyph."""
    from app.bookings.service.contract import rendering

    shown = [chr(code) for code in range(0x20, 0x2200) if rendering._SHOWN.fullmatch(chr(code))]
    lines = "\n".join("".join(shown[at : at + 60]) for at in range(0, len(shown), 60))

    made = paper(
        contract(item(terms=lines)), version=1, digest="", made_at=MADE, language="de", issuer="depot"
    )
    assert rendering._compiled(made, MADE, machine=False).startswith(b"%PDF")


def test_a_word_without_end_stays_on_the_paper():
    reader = printed(contract(item(terms="https://example.org/" + "a" * 900, title="W" * 110)))

    assert len(reader.pages[0].extract_text().split("example.org/")[1].splitlines()) > 9
    for page in reader.pages:
        page.extract_text(visitor_text=_inside)


def test_very_long_names_and_very_many_records_make_a_paper_that_can_still_be_made():
    """A long title once squeezed the column of conditions to a letter's width: thousands of pages, gigabytes."""
    record = {"kind": "return", "role": "provider", "units": 1, "condition": "x" * 200, "photos": 0,
              "deposit": None, "kept_minor": 0, "kept_reason": None, "acknowledged_at": None,
              "recorded_at": "2026-10-24T16:00:00+00:00"}  # fmt: skip
    items = [item(title="W" * 120, records=[record] * 30) for _ in range(5)]

    reader = printed(contract(*items))

    assert len(reader.pages) < 60
    assert "Und 55 weitere" in " ".join(reader.pages[-1].extract_text().split())


def _inside(said, _matrix, position, *_):
    assert not said.strip() or 0 <= position[4] < 590


def test_the_same_contract_is_the_same_file():
    data = contract()
    said = paper(data, version=1, digest=digest(data), made_at=MADE, language="de", issuer="depot")

    assert pdf(said, made_at=MADE) == pdf(said, made_at=MADE)


def test_the_digest_is_that_of_the_canonical_json():
    assert digest({"b": "ä", "a": 1}) == "f5300ffcfd6fd3fc2de46d700be90d43fd799cd9eb69da4737201006143d48a1"
