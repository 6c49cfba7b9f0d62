"""The three real files: a few dozen rows kept here, and the whole files where they lie beside the checkout."""

from collections import Counter
from pathlib import Path

import pytest

from app.listings import categories
from app.listings.importing.drafting import Drafts, ListingDraft, Point, draft_file
from app.listings.importing.mapping import load_mapping, named_mappings

HERE = Path(__file__).parent / "data"
WHOLE = next(
    (up / "shared" / "data" for up in Path(__file__).parents if (up / "shared" / "data").is_dir()), HERE
)
FILES = {
    "leipzig-offers": "leipzig-offers.csv",
    "leipzig-organisations": "leipzig-organisations.csv",
    "tool-library": "tool-library-items.csv",
}


def drafted(name: str, folder: Path = HERE) -> Drafts:
    return draft_file((folder / FILES[name]).read_bytes(), load_mapping(name))


def listing(drafts: Drafts, external_id: str) -> ListingDraft:
    return next(draft for draft in drafts.ready if draft.external.id == external_id)


def test_there_is_a_mapping_for_each_of_the_three_files():
    assert set(named_mappings()) == set(FILES)


def test_an_offer_keeps_its_quotes_umlauts_and_place():
    drafts = drafted("leipzig-offers")

    youth = listing(drafts, "122")
    assert youth.title == 'Jugendzentrum "Kanal 28"'
    assert youth.point == Point(51.326951, 12.314311)
    assert listing(drafts, "183").title == "„Zweite Chance“ Second-Hand-Laden"
    assert listing(drafts, "1701").title == "RAUM FÜR DICH - ПРОСТІР ДЛЯ ТЕБЕ - SPACE FOR YOU"


def test_an_offer_gets_its_most_special_category_and_tags_for_the_rest():
    drafts = drafted("leipzig-offers")

    assert listing(drafts, "1473").category == "football"
    assert listing(drafts, "1473").tags == (
        "Freizeit",
        "Menschen mit Behinderung",
        "Kategorie 562",
        "barrierefrei",
    )
    assert listing(drafts, "131").category == "family-advice"
    assert listing(drafts, "235").tags.count("Kategorie 384") == 0
    assert "Reudnitz" in listing(drafts, "235").tags


def test_a_category_above_the_chosen_one_adds_no_tag():
    assert "Kinder und Familie" not in listing(drafted("leipzig-offers"), "131").tags


def test_an_offer_without_a_point_is_kept_without_one():
    drafts = drafted("leipzig-offers")

    assert listing(drafts, "749").point is None
    assert listing(drafts, "162").title.startswith("Schutzhaus")


def test_places_outside_the_region_stay_where_they_are():
    assert listing(drafted("leipzig-offers"), "1846").point == Point(52.464582, 13.41041)


def test_free_means_nothing_to_pay_only_where_the_file_says_so():
    drafts = drafted("leipzig-offers")

    assert listing(drafts, "1826").free_of_charge
    assert not listing(drafts, "25").free_of_charge


def test_a_title_of_dashes_is_refused_with_its_line():
    (refused,) = drafted("leipzig-offers").refused

    assert refused.reason.code == "no_title"
    assert (HERE / "leipzig-offers.csv").read_text("utf-8").splitlines()[refused.line - 1].startswith("1617,")


def test_the_category_says_the_kind_where_it_has_only_one():
    drafts = drafted("leipzig-offers")

    assert listing(drafts, "672").kind == "know_how"
    assert listing(drafts, "294").kind == "space"


def test_setting_the_kind_wins_over_everything():
    mapping = load_mapping("leipzig-offers", settings={"kind": "time"})

    drafts = draft_file((HERE / "leipzig-offers.csv").read_bytes(), mapping)

    assert {draft.kind for draft in drafts.ready} == {"time"}


def test_an_organisation_is_a_name_and_a_place():
    drafts = drafted("leipzig-organisations")

    names = {draft.external.id: draft for draft in drafts.ready}
    assert names["804"].name == 'Soziokulturelles Zentrum "Die VILLA"'
    assert names["1938"].point is None
    assert drafts.refused == ()


def test_one_organisation_with_two_ids_is_kept_twice_and_told():
    (notice,) = drafted("leipzig-organisations").notices

    assert "TÜV Rheinland Akademie GmbH" in str(notice)


@pytest.mark.parametrize(
    ("number", "title"),
    [
        ("102", "Staple guns"),
        ("117", 'One-Foot Rulers, 12-13"'),
        ("257", 'Sheet metal screw, Elco, 1", No. 8'),
        ("1622", 'Cordless Drill, Ryobi P209, 3/8" , 10mm'),
        ("1648", "Level, Macklanburg-Duncan 48”"),
        ("1869", "Skil plunge router, Skil 1840"),
        ("2118", '40" pipe clamp'),
    ],
)
def test_a_tools_title_is_composed_without_saying_a_part_twice(number, title):
    assert listing(drafted("tool-library"), number).title == title


def test_a_tools_status_becomes_a_state():
    states = {draft.external.id: draft.state for draft in drafted("tool-library").ready}

    assert states["102"] == "published"
    assert states["1341"] == "paused"
    assert states["279"] == "closed"
    assert states["2102"] == "draft"


def test_tools_know_their_units_and_categories():
    drafts = drafted("tool-library")

    assert listing(drafts, "213").units == 15
    assert listing(drafts, "102").category == "fasteners"
    assert listing(drafts, "213").category == "painting-tools"
    assert listing(drafts, "1854").category is None


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("folder", {HERE, WHOLE}, ids=str)
def test_every_row_becomes_a_draft_or_a_named_refusal(name, folder):
    content = (folder / FILES[name]).read_bytes()

    drafts = draft_file(content, load_mapping(name))

    # None of the three has line breaks inside cells, so each line after the header is a row.
    lines = range(2, len(content.splitlines()) + 1)
    assert sorted([draft.line for draft in drafts.ready] + [row.line for row in drafts.refused]) == list(
        lines
    )
    assert len(drafts.refused) <= 1
    assert Counter(draft.external.source for draft in drafts.ready).keys() == {load_mapping(name).source}


@pytest.mark.parametrize("name", ["leipzig-offers", "tool-library"])
@pytest.mark.parametrize("folder", {HERE, WHOLE}, ids=str)
def test_most_listings_find_a_category_that_exists(name, folder):
    drafts = drafted(name, folder)

    found = [draft.category for draft in drafts.ready if draft.category]
    assert all(categories.get(slug) for slug in found)
    assert len(found) >= 0.6 * len(drafts.ready)
