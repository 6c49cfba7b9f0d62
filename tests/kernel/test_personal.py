"""Passages that tell where somebody is or how to reach them are found; measures, dates and prices are let be."""

import time

import pytest

from app.kernel.personal import GAP, Personal, personal, withheld

FOUND = {
    Personal.EMAIL: [
        "mia@example.org", "mia (at) example (punkt) org", "mia[at]example.org", "vorname.nachname+depot@mail.example.de",
    ],
    Personal.IBAN: ["DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"],
    Personal.PHONE: [
        "0341 123456", "0151/23456789", "+49 341 1234567", "(0341) 12 34 56", "0341 - 12 34 56", "0341/12345-67",
        "0049 341 1234567", "0170-1234567",
    ],
    Personal.ADDRESS: [
        "Karl-Heine-Straße 12", "Karl-Heine-Str. 12b", "Zschochersche Straße 71", "Am Kirchweg 3", "Brühlgasse 3-5",
        "Käthe-Kollwitz-Ufer 4", "221 Baker Street",
    ],
    Personal.POINT: ["51.327712, 12.333413"],
}  # fmt: skip
LET_BE = [
    "2026-11-25 bis 2026-12-01", "am 01.12.2026", "08.00 - 18.00 Uhr", "08:00-18:00", "0800 bis 1800 Uhr", "120 x 80 cm",
    "GSB 18V-55", "1.000 Euro", "04229 Leipzig", "Platz 2", "ISBN 978-3-16-148410-0", "Stellplatz 12 m",
    "um 10.30 Uhr am 3.4.", "100 000 Blatt", "50 Stühle, 10 Tische, 3 Bänke", "0.75 mm bis 10.25 mm",
    "Schlüsselweite 08 10 12 13 17 19 mm", "Nr. 123456789", "DIN 12345-1:2020", "Wiesenweg 10 km lang", "01.06.-31.08.",
]  # fmt: skip
HOSTILE = [
    "0" * 10_000, "0 " * 5_000, "a." * 5_000, "@" * 10_000, "a@" + "b." * 5_000, "(0" * 5_000, "DE00 " * 2_000,
    "0341/" * 2_000, "Straße " * 1_400, "A-" * 5_000, "-" * 9_999 + "1", "1-" * 5_000, "Tel " * 2_500, "a(at)" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts])
def test_what_tells_a_stranger_too_much_becomes_a_gap(kind, text):
    told = f"Abholung nach Absprache: {text}, gern abends."

    assert [told[one.start : one.end] for one in personal(told)] == [text]
    assert [one.kind for one in personal(told)] == [kind]
    assert withheld(told) == f"Abholung nach Absprache: {GAP}, gern abends."


@pytest.mark.parametrize("text", LET_BE)
def test_measures_dates_and_prices_stay(text):
    assert withheld(f"Gut erhalten, {text}.") == f"Gut erhalten, {text}."


def test_a_number_that_is_called_one_needs_no_area():
    assert withheld("Tel. 12 34 567 ab acht") == f"Tel. {GAP} ab acht"


def test_one_s_own_street_is_found_whatever_its_form():
    assert withheld("Klingeln  am  markt 3, Hof", address="Am Markt 3") == f"Klingeln  {GAP}, Hof"
    assert withheld("Am Markt 31", address="Am Markt 3") == "Am Markt 31"


def test_no_text_takes_long():
    began = time.process_time()

    for text in HOSTILE:
        personal(text)

    assert time.process_time() - began < 10
