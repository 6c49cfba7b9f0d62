"""What the columns of a storeroom's list mean, by the names that people give them."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import message
from app.listings.importing.mapping import ColumnMapping, parse_mapping
from app.listings.importing.problems import ImportNotPossible
from app.listings.importing.table import header_of

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "nr", "nr.", "nummer", "inventarnummer", "number", "no"),
    "title": ("title", "titel", "name", "bezeichnung", "artikel", "was", "gegenstand", "item"),
    "description": ("description", "beschreibung", "bemerkung", "notiz", "note", "notes"),
    "units": ("units", "anzahl", "stück", "stueck", "menge", "count", "quantity", "pieces"),
    "kind": ("kind", "art"),
    "categories": ("category", "categories", "kategorie", "kategorien", "bereich"),
    "district": ("district", "stadtteil", "ort"),
    "free_of_charge": ("free", "kostenlos", "free_of_charge"),
}
"""The fields of a listing, and what their columns are called; the first that is there counts."""


def guessed(content: bytes, *, source: str, language: str, settings: Mapping[str, str]) -> ColumnMapping:
    """A mapping for this file. Without a column of numbers, a title makes a row the same row next time.

    Raises ImportNotPossible for a file without a column that could be the title.
    """
    there = {name.casefold(): name for name in header_of(content)}
    columns = {
        field: next(there[name] for name in names if name in there)
        for field, names in NAMES.items()
        if field not in settings and any(name in there for name in names)
    }
    if "title" not in columns:
        known = ", ".join(NAMES["title"])
        raise ImportNotPossible(
            message("No column says what things are called. Name one of them: {known}.", known=known)
        )
    columns.setdefault("id", columns["title"])
    document = {
        "target": "listing",
        "source": source,
        "language": language,
        "columns": columns,
        "categories": {"separator": ","},
        "defaults": {"kind": "equipment"},
    }
    return parse_mapping(document, settings=settings)
