"""Mappings, hostile and untidy files: what goes in, what is refused and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.listings.importing.drafting import TITLE_MAX, Drafts, draft_file
from app.listings.importing.mapping import ColumnMapping, load_mapping, parse_mapping
from app.listings.importing.problems import ImportNotPossible

DOCUMENT = {
    "target": "listing",
    "source": "shelf",
    "columns": {
        "id": "id",
        "title": "title",
        "units": "units",
        "lat": "lat",
        "lon": "lon",
        "state": "state",
        "categories": "categories",
        "free_of_charge": "free",
    },
    "states": {"ok": "published"},
    "categories": {"separator": ";", "slugs": {"Bohrer": "drills"}},
    "defaults": {"kind": "equipment"},
}
HEADER = "id,title,units,lat,lon,state,categories,free"


def mapping(settings: dict[str, str] | None = None, **changes: object) -> ColumnMapping:
    return parse_mapping({**DOCUMENT, **changes}, settings=settings or {})


def drafted(*rows: str, using: ColumnMapping | None = None) -> Drafts:
    return draft_file("\n".join([HEADER, *rows]).encode(), using or mapping())


def only_refusal(drafts: Drafts) -> tuple[int, str]:
    assert drafts.ready == ()
    (refused,) = drafts.refused
    return refused.line, refused.reason.code


def test_a_plain_row_becomes_a_published_offer_by_arrangement():
    (draft,) = drafted("7,  Bohrmaschine\u00a0 ,,,,,,").ready

    assert (draft.external.source, draft.external.id, draft.line) == ("shelf", "7", 2)
    assert (draft.title, draft.purpose, draft.kind, draft.state) == (
        "Bohrmaschine",
        "offer",
        "equipment",
        "published",
    )
    assert (draft.units, draft.point, draft.category, draft.tags) == (1, None, None, ())
    assert not draft.free_of_charge


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",Leiter,1,,,ok,,", "no_id"),
        ("7,,1,,,ok,,", "no_title"),
        ("7, --- ,1,,,ok,,", "no_title"),
        (f"7,{'L' * (TITLE_MAX + 1)},1,,,ok,,", "title_too_long"),
        ("7,Leiter,0,,,ok,,", "bad_units"),
        ("7,Leiter,-1,,,ok,,", "bad_units"),
        ("7,Leiter,1.5,,,ok,,", "bad_units"),
        ("7,Leiter,many,,,ok,,", "bad_units"),
        ("7,Leiter,10001,,,ok,,", "bad_units"),
        ("7,Leiter,٣,,,ok,,", "bad_units"),
        ("7,Leiter,1,51.3,,ok,,", "bad_point"),
        ("7,Leiter,1,nan,12.4,ok,,", "bad_point"),
        ("7,Leiter,1,1e2,12.4,ok,,", "bad_point"),
        ("7,Leiter,1,90.01,12.4,ok,,", "point_out_of_range"),
        ("7,Leiter,1,51.3,-180.5,ok,,", "point_out_of_range"),
        ("7,Leiter,1,,,lost,,", "unknown_state"),
        ("7,Leiter,1,,,ok,,maybe", "bad_free_of_charge"),
        ("7,Leiter,1", "wrong_width"),
        ("7,Leiter,1,,,ok,,,,", "wrong_width"),
    ],
)
def test_a_row_that_is_not_right_is_refused_with_its_line_and_reason(row, code):
    assert only_refusal(drafted(row)) == (2, code)


def test_a_refused_row_keeps_no_other_row_out():
    drafts = drafted("1,Leiter,1,,,ok,,", "2,,1,,,ok,,", "3,Säge,1,,,ok,,")

    assert [draft.external.id for draft in drafts.ready] == ["1", "3"]
    assert [row.line for row in drafts.refused] == [3]


def test_the_second_row_with_an_id_is_refused_and_names_the_first():
    drafts = drafted("7,Leiter,1,,,ok,,", "7,Säge,1,,,ok,,")

    (refused,) = drafts.refused
    assert (refused.line, refused.reason.code) == (3, "duplicate_id")
    assert "line 2" in str(refused.reason.detail)


def test_a_row_refused_for_another_reason_does_not_use_up_its_id():
    drafts = drafted("7,,1,,,ok,,", "7,Säge,1,,,ok,,")

    assert [draft.line for draft in drafts.ready] == [3]


def test_a_quoted_cell_may_run_over_lines_and_later_lines_are_still_counted():
    drafts = drafted('1,"Leiter\nmit ""Tritten""",1,,,ok,,', "2,,1,,,ok,,")

    assert [draft.title for draft in drafts.ready] == ['Leiter mit "Tritten"']
    assert [row.line for row in drafts.refused] == [4]


def test_a_broken_quote_is_refused_where_it_begins():
    drafts = drafted("1,Leiter,1,,,ok,,", '2,"Säge,1,,,ok,,', "3,Hammer,1,,,ok,,")

    assert [draft.external.id for draft in drafts.ready] == ["1"]
    assert [(row.line, row.reason.code) for row in drafts.refused] == [(3, "broken_row")]


def test_blank_lines_are_no_rows():
    drafts = drafted("", "1,Leiter,1,,,ok,,", " , ,,,,,,", "")

    assert len(drafts.ready) == 1
    assert drafts.refused == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_and_encoding_are_found_out(delimiter, encoding):
    row = delimiter.join(["7", "Säge", "2", '"51,34"', '"12,37"', "ok", "", "1"])

    drafts = draft_file(f"{HEADER.replace(',', delimiter)}\r\n{row}\r\n".encode(encoding), mapping())

    (draft,) = drafts.ready
    assert (draft.title, draft.units, draft.free_of_charge) == ("Säge", 2, True)
    assert (draft.point.lat, draft.point.lon) == (51.34, 12.37)
    assert drafts.notices == ()


def test_windows_1252_is_read_and_said():
    drafts = draft_file(f"{HEADER}\n7,Säge „groß“,1,,,ok,,\n".encode("cp1252"), mapping())

    assert [draft.title for draft in drafts.ready] == ["Säge „groß“"]
    assert "Windows-1252" in str(drafts.notices[0])


def test_bytes_that_are_no_text_are_refused_as_a_whole():
    with pytest.raises(ImportNotPossible, match="neither"):
        draft_file(b"id,title\n7,\x81\x8d\n", mapping())


@pytest.mark.parametrize("content", ["", "\n", "id,title\n7,Leiter\n", '"id'])
def test_a_file_that_lacks_columns_is_refused_as_a_whole_and_says_which(content):
    with pytest.raises(ImportNotPossible, match=r"lacks the columns .*categories"):
        draft_file(content.encode(), mapping())


def test_a_needed_column_that_stands_twice_is_refused():
    with pytest.raises(ImportNotPossible, match="title twice"):
        draft_file(f"{HEADER},title\n".encode(), mapping())


def test_columns_nobody_asked_for_do_not_disturb():
    drafts = draft_file(f"colour,{HEADER}\nred,7,Leiter,1,,,ok,,\n".encode(), mapping())

    assert [draft.title for draft in drafts.ready] == ["Leiter"]


def test_unmapped_categories_become_tags_and_labels_of_the_tree_need_no_mapping():
    (draft,) = drafted("7,Set,1,,,ok,Vintage; Lastenräder ;Bohrer;Vintage,").ready

    assert draft.category == "drills"
    assert draft.tags == ("Vintage", "Lastenräder")


def test_a_deeper_category_beats_one_that_the_mapping_names_first():
    (draft,) = drafted("7,Set,1,,,ok,Bohrer;Hammers and chisels,").ready

    assert draft.category == "hammers"


def test_settings_win_over_columns_and_columns_over_defaults():
    using = mapping(
        settings={"kind": "space", "state": "draft"},
        columns={**DOCUMENT["columns"], "kind": "categories"},
    )

    (draft,) = drafted("7,Saal,1,,,ok,equipment,", using=using).ready

    assert (draft.kind, draft.state) == ("space", "draft")


def test_a_setting_with_an_unknown_value_refuses_every_row():
    drafts = drafted("7,Saal,1,,,ok,,", using=mapping(settings={"kind": "wisdom"}))

    assert only_refusal(drafts) == (2, "unknown_kind")


@pytest.mark.parametrize(
    ("changes", "settings", "words"),
    [
        ({"target": "person"}, {}, "not understood"),
        ({"source": None, "columns": []}, {}, "not understood"),
        ({"columns": {"id": "id"}}, {}, "nothing about title"),
        ({"columns": {"id": "id", "title": "t", "colour": "c"}}, {}, "no field colour"),
        ({"states": {"ok": "lost"}}, {}, "cannot be lost"),
        ({"categories": {"slugs": {"x": "time-machines"}}}, {}, "time-machines"),
        ({}, {"colour": "red"}, "no field colour"),
        ({}, {"title": "Leiter"}, "same in every row"),
    ],
)
def test_a_mapping_that_is_not_right_is_refused_in_words(changes, settings, words):
    with pytest.raises(ImportNotPossible, match=words):
        mapping(settings=settings, **changes)


def test_a_mapping_may_be_anybodys_file(tmp_path):
    file = tmp_path / "shelf.toml"
    file.write_text('target = "organisation"\nsource = "x"\n[columns]\nid = "a"\ntitle = "{b}, {c}"\n')

    (draft,) = draft_file("a;b;c\n1;Verein;Süd\n".encode(), load_mapping(str(file))).ready

    assert draft.name == "Verein, Süd"


def test_an_unknown_mapping_names_those_that_exist(tmp_path):
    with pytest.raises(ImportNotPossible, match="tool-library"):
        load_mapping("shelf")


def test_a_mapping_that_is_no_toml_is_refused(tmp_path):
    file = tmp_path / "broken.toml"
    file.write_text("target = ")

    with pytest.raises(ImportNotPossible, match="TOML"):
        load_mapping(str(file))


@given(st.binary(max_size=400))
def test_no_bytes_at_all_bring_the_reader_down(content):
    try:
        drafts = draft_file(HEADER.encode() + b"\n" + content, mapping())
    except ImportNotPossible:
        return
    assert len({draft.external for draft in drafts.ready}) == len(drafts.ready)


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=20), min_size=8, max_size=8))
def test_whatever_stands_in_the_cells_a_row_is_taken_or_refused(cells):
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)

    drafts = drafted(row)

    empty = not any(cell.strip() for cell in cells)
    assert len(drafts.ready) + len(drafts.refused) == (0 if empty else 1)
