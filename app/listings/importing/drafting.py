"""Rows become drafts: typed, checked, with the name under which the source knows them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

from app.kernel.problems import Reason
from app.kernel.text import Message, clean_line, clean_text, message
from app.listings import categories
from app.listings.importing.mapping import IMPORTED_STATES, ColumnMapping, Target, composed
from app.listings.importing.table import Refused, Row, read_table
from app.listings.rules.kinds import Kind, Purpose, Reach
from app.listings.rules.lifecycle import State

TITLE_MIN: Final = 3
TITLE_MAX: Final = 120
DESCRIPTION_MAX: Final = 10_000
UNITS_MAX: Final = 10_000
TAGS_MAX: Final = 30
TAG_MAX: Final = 40

_DECIMAL: Final = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{1,15})?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_YES: Final = frozenset({"1", "yes", "true", "ja", "x"})
_NO: Final = frozenset({"0", "no", "false", "nein", ""})


@dataclass(frozen=True, slots=True)
class ExternalId:
    """What makes a row the same row next time: where it comes from, and its name there."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Point:
    """A place in degrees (WGS 84)."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """A listing as a file describes it. `free_of_charge` False means by arrangement: nobody named a price."""

    external: ExternalId
    line: int
    purpose: Purpose
    kind: Kind
    state: State
    title: str
    description: str
    language: str
    category: str | None
    tags: tuple[str, ...]
    units: int
    district: str | None
    point: Point | None
    free_of_charge: bool
    federation: Reach


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """An organisation as a file describes it."""

    external: ExternalId
    line: int
    name: str
    description: str
    point: Point | None


Draft: TypeAlias = ListingDraft | OrganisationDraft
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Drafts:
    """What a file holds: what can go in, what cannot and why, and what an operator should know."""

    ready: tuple[Draft, ...]
    refused: tuple[Refused, ...]
    notices: tuple[Message, ...]


class _Unfit(Exception):
    def __init__(self, code: str, detail: Message) -> None:
        super().__init__(code)
        self.reason = Reason(code, detail)


def draft_file(content: bytes, mapping: ColumnMapping) -> Drafts:
    """Turn a file's rows into drafts. A row that is not right is refused with its line, never repaired.

    Refused as well is a second row with an id that stood before. Raises ImportNotPossible when the file as a
    whole does not fit the mapping.
    """
    table = read_table(content, columns=mapping.needed_columns())
    draft: Callable[[Row, ColumnMapping], Draft] = (
        _listing if mapping.target is Target.LISTING else _organisation
    )
    ready: dict[str, Draft] = {}
    refused = list(table.refused)
    for row in table.rows:
        try:
            made = draft(row, mapping)
            if before := ready.get(made.external.id):
                _refuse_second(made.external.id, before.line)
            ready[made.external.id] = made
        except _Unfit as unfit:
            refused.append(Refused(row.line, unfit.reason))
    drafts = tuple(ready.values())
    return Drafts(drafts, tuple(sorted(refused, key=lambda it: it.line)), (*table.notices, *_twins(drafts)))


def _refuse_second(external_id: str, line: int) -> None:
    raise _Unfit(
        "duplicate_id", message("The id {id} already stands in line {line}.", id=external_id, line=line)
    )


def _listing(row: Row, mapping: ColumnMapping) -> ListingDraft:
    category, tags = _classified(row, mapping)
    return ListingDraft(
        external=_external(row, mapping),
        line=row.line,
        purpose=_one_of("purpose", Purpose, _text(row, mapping, "purpose") or Purpose.OFFER),
        kind=_kind(row, mapping, category),
        state=_state(row, mapping),
        title=_title(row, mapping),
        description=_description(row, mapping),
        language=mapping.language,
        category=category,
        tags=tags,
        units=_units(_text(row, mapping, "units")),
        district=clean_line(_text(row, mapping, "district")) or None,
        point=_point(row, mapping),
        free_of_charge=_yes("free_of_charge", _text(row, mapping, "free_of_charge")),
        federation=_one_of("federation", Reach, _text(row, mapping, "federation") or Reach.LISTED),
    )


def _organisation(row: Row, mapping: ColumnMapping) -> OrganisationDraft:
    return OrganisationDraft(
        external=_external(row, mapping),
        line=row.line,
        name=_title(row, mapping),
        description=_description(row, mapping),
        point=_point(row, mapping),
    )


def _text(row: Row, mapping: ColumnMapping, field: str) -> str:
    """What a setting says, else the row, else the mapping's default."""
    if field in mapping.settings:
        return mapping.settings[field]
    said = composed(mapping.columns[field], row.cells) if field in mapping.columns else ""
    return said.strip() or mapping.defaults.get(field, "")


def _external(row: Row, mapping: ColumnMapping) -> ExternalId:
    external_id = clean_line(_text(row, mapping, "id"))
    if not external_id:
        raise _Unfit("no_id", message("The row has no id, so it could not be recognised next time."))
    return ExternalId(mapping.source, external_id)


def _title(row: Row, mapping: ColumnMapping) -> str:
    title = clean_line(_text(row, mapping, "title"))
    if len(title) < TITLE_MIN or not any(sign.isalnum() for sign in title):
        raise _Unfit("no_title", message('The title "{title}" says nothing.', title=title))
    if len(title) > TITLE_MAX:
        raise _Unfit(
            "title_too_long",
            message("The title has {count} characters, more than {most}.", count=len(title), most=TITLE_MAX),
        )
    return title


def _description(row: Row, mapping: ColumnMapping) -> str:
    description = clean_text(_text(row, mapping, "description"))
    if len(description) > DESCRIPTION_MAX:
        raise _Unfit(
            "description_too_long",
            message("The description has more than {most} characters.", most=DESCRIPTION_MAX),
        )
    return description


def _kind(row: Row, mapping: ColumnMapping, category: str | None) -> Kind:
    if "kind" in mapping.settings:
        return _one_of("kind", Kind, mapping.settings["kind"])
    said = composed(mapping.columns["kind"], row.cells).strip() if "kind" in mapping.columns else ""
    node = categories.get(category) if category else None
    if not said and node and len(node.kinds) == 1:
        return Kind(node.kinds[0])
    return _one_of("kind", Kind, said or mapping.defaults.get("kind", ""))


def _state(row: Row, mapping: ColumnMapping) -> State:
    said = _text(row, mapping, "state") or State.PUBLISHED
    return _one_of("state", IMPORTED_STATES, mapping.states.get(said, said))


def _one_of(field: str, allowed: Iterable[Word], value: str) -> Word:
    for word in allowed:
        if word == value:
            return word
    raise _Unfit(
        f"unknown_{field}",
        message(
            '{field} "{value}" is not one of {allowed}.',
            field=field,
            value=value,
            allowed=", ".join(allowed),
        ),
    )


def _units(value: str) -> int:
    if not value:
        return 1
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= UNITS_MAX:
        raise _Unfit(
            "bad_units",
            message('"{value}" is no number of units from 1 to {most}.', value=value, most=UNITS_MAX),
        )
    return int(value)


def _yes(field: str, value: str) -> bool:
    folded = value.strip().casefold()
    if folded not in _YES | _NO:
        raise _Unfit(
            f"bad_{field}", message('{field} is "{value}", neither 1 nor 0.', field=field, value=value)
        )
    return folded in _YES


def _point(row: Row, mapping: ColumnMapping) -> Point | None:
    lat, lon = _text(row, mapping, "lat"), _text(row, mapping, "lon")
    if not lat and not lon:
        return None
    return Point(_degrees("latitude", lat, 90), _degrees("longitude", lon, 180))


def _degrees(name: str, value: str, most: int) -> float:
    if not _DECIMAL.fullmatch(value):
        raise _Unfit("bad_point", message('The {name} "{value}" is no number.', name=name, value=value))
    degrees = float(value.replace(",", "."))
    if abs(degrees) > most:
        raise _Unfit(
            "point_out_of_range",
            message(
                "The {name} {value} is not between -{most} and {most}.", name=name, value=value, most=most
            ),
        )
    return degrees


def _classified(row: Row, mapping: ColumnMapping) -> tuple[str | None, tuple[str, ...]]:
    """The most special category, and tags for everything else that was said.

    Of two equally special categories the one that the mapping names first wins; a category above the chosen
    one adds nothing.
    """
    said = composed(mapping.columns["categories"], row.cells) if "categories" in mapping.columns else ""
    words = [word.strip() for word in said.split(mapping.separator) if word.strip()]
    slugs = {word: slug for word in words if (slug := _slug(word, mapping))}
    order = {word: place for place, word in enumerate(mapping.slugs)}
    ranked = sorted(slugs, key=lambda word: order.get(word, len(order)))
    chosen = max((slugs[word] for word in ranked), key=categories.depth, default=None)
    tags = [_tag(word, slugs.get(word), chosen, mapping) for word in words]
    tags += [tag for column, tag in mapping.flags.items() if _yes(column, row.cells[column])]
    kept = dict.fromkeys(tag[:TAG_MAX] for tag in tags if tag)
    return chosen, tuple(kept)[:TAGS_MAX]


def _slug(word: str, mapping: ColumnMapping) -> str | None:
    if word in mapping.tags:
        return None
    return mapping.slugs.get(word) or categories.find(word)


def _tag(word: str, slug: str | None, chosen: str | None, mapping: ColumnMapping) -> str:
    if slug is None:
        return clean_line(mapping.tags.get(word, mapping.unmapped.replace("{}", word)))
    return "" if chosen in categories.with_descendants(slug) else categories.label(slug, mapping.language)


def _twins(drafts: Iterable[Draft]) -> Iterable[Message]:
    """Rows with other ids that look like one thing told twice: both go in, and somebody should look.

    Without a place nothing is said: a tool library has many bar clamps.
    """
    seen: dict[tuple[str, Point], int] = {}
    for draft in drafts:
        if draft.point is None:
            continue
        name = draft.title if isinstance(draft, ListingDraft) else draft.name
        first = seen.setdefault((name.casefold(), draft.point), draft.line)
        if first != draft.line:
            yield message(
                'Lines {first} and {line} both say "{name}" at the same place.',
                first=first,
                line=draft.line,
                name=name,
            )
