"""What the columns of a foreign CSV file mean: a small TOML file, ours by name or anybody's by path.

    target = "listing"            # or "organisation"
    source = "tool-library"       # source and id make a row the same row next time
    language = "en"               # of titles, and of the labels that turn into tags

    [columns]                     # field = a column, or a sentence made of several
    id = "number"
    title = "{name}, {brand} {model}, {size}"   # parts between commas vanish when empty or said before
    units = "quantity"            # also: description, purpose, kind, state, district, lat, lon,
    categories = "categories"     # free_of_charge (1 = nothing to pay, 0 = by arrangement), federation

    [states]                      # the file's word = draft, published, paused or closed
    active = "published"

    [categories]
    separator = ";"               # without one, white space separates
    unmapped = "Category {}"      # how a category without a slug reads as a tag; "{}" when not given
    [categories.slugs]            # the word = a slug, first come first; labels of the tree need no entry
    "Hammers & Mallets" = "hammers"
    [categories.tags]             # the file's word = a tag; "" = say nothing
    331 = "Jugendliche"

    [flags]                       # column = the tag that a 1 in it becomes
    accessible = "barrierefrei"

    [defaults]                    # where the file says nothing
    kind = "know_how"

What `--set field=value` names wins over columns, and columns over defaults. The kind asks
its category before its default, where the category mostly applies to one kind only.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any, Final

from app.kernel.text import Message, message
from app.listings import categories
from app.listings.importing.problems import ImportNotPossible
from app.listings.rules.lifecycle import State

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_COMMON_FIELDS: Final = frozenset({"id", "title", "description", "lat", "lon"})
IMPORTED_STATES: Final = (State.DRAFT, State.PUBLISHED, State.PAUSED, State.CLOSED)
"""What a row can be from the start; the other states are reached, not declared."""


class Target(StrEnum):
    """What the rows of a file become."""

    LISTING = "listing"
    ORGANISATION = "organisation"


_FIELDS: Final[Mapping[Target, frozenset[str]]] = {
    Target.ORGANISATION: _COMMON_FIELDS,
    Target.LISTING: _COMMON_FIELDS
    | {"purpose", "kind", "state", "units", "district", "categories", "free_of_charge", "federation"},
}
_NEVER_SET: Final = frozenset({"id", "title", "categories", "lat", "lon"})


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A mapping that was checked: every field is known, every slug stands in the shared tree."""

    target: Target
    source: str
    language: str
    columns: Mapping[str, str]
    states: Mapping[str, str] = field(default_factory=dict)
    slugs: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    unmapped: str = "{}"

    def needed_columns(self) -> frozenset[str]:
        """Every column the file must have."""
        used = {name for sentence in self.columns.values() for name in columns_of(sentence)}
        return frozenset(used | set(self.flags))


def columns_of(sentence: str) -> list[str]:
    """The columns a field is made of: those in braces, or the one it names."""
    return _PLACEHOLDER.findall(sentence) or [sentence]


def composed(sentence: str, row: Mapping[str, str]) -> str:
    """The text of a field for one row.

    Of a sentence, the parts between commas that are empty, or say only what was said before, are left out.
    """
    if not _PLACEHOLDER.search(sentence):
        return row[sentence]
    said: list[str] = []
    for part in sentence.split(", "):
        words = " ".join(_PLACEHOLDER.sub(lambda hole: row[hole[1]], part).split())
        if words and words.casefold() not in ", ".join(said).casefold():
            said.append(words)
    return ", ".join(said)


def named_mappings() -> list[str]:
    """The names of the mappings that come with depot."""
    folder = resources.files(__package__) / "mappings"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load_mapping(name_or_path: str, *, settings: Mapping[str, str] | None = None) -> ColumnMapping:
    """Read a mapping that comes with depot, or a file; `settings` are the `--set` of the command line.

    Raises ImportNotPossible when there is no such mapping or something in it is not understood.
    """
    try:
        document = tomllib.loads(_text_of(name_or_path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportNotPossible(
            message("The mapping {name} is not readable TOML: {why}", name=name_or_path, why=error)
        ) from None
    return parse_mapping(document, settings=settings or {})


def parse_mapping(document: Mapping[str, Any], *, settings: Mapping[str, str]) -> ColumnMapping:
    """Check a mapping's content and the settings that go with it. Raises ImportNotPossible."""
    try:
        chosen = document.get("categories", {})
        mapping = ColumnMapping(
            target=Target(document["target"]),
            source=document["source"],
            language=document.get("language", "de"),
            columns=_texts(document["columns"]),
            states=_texts(document.get("states", {})),
            slugs=_texts(chosen.get("slugs", {})),
            tags=_texts(chosen.get("tags", {})),
            flags=_texts(document.get("flags", {})),
            defaults=_texts(document.get("defaults", {})),
            settings=dict(settings),
            separator=chosen.get("separator"),
            unmapped=chosen.get("unmapped", "{}"),
        )
    except KeyError as missing:
        raise ImportNotPossible(message("The mapping lacks {what}.", what=missing)) from None
    except (ValueError, AttributeError) as error:
        raise ImportNotPossible(message("The mapping is not understood: {why}", why=error)) from None
    if complaint := _complaint(mapping):
        raise ImportNotPossible(complaint)
    return mapping


def _text_of(name_or_path: str) -> str:
    if name_or_path in named_mappings():
        return (resources.files(__package__) / "mappings" / f"{name_or_path}.toml").read_text("utf-8")
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(named_mappings())
        raise ImportNotPossible(
            message("There is no mapping {name}. Known are {known}; or give a file.", name=path, known=known)
        )
    return path.read_text("utf-8")


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in table.items()}


def _complaint(mapping: ColumnMapping) -> Message | None:
    fields = _FIELDS[mapping.target]
    if unknown := (mapping.columns.keys() | mapping.defaults.keys() | mapping.settings.keys()) - fields:
        return message("A {target} has no field {fields}.", target=mapping.target, fields=_listed(unknown))
    if fixed := mapping.settings.keys() & _NEVER_SET:
        return message("{fields} cannot be the same in every row.", fields=_listed(fixed))
    if missing := {"id", "title"} - mapping.columns.keys():
        return message("The mapping says nothing about {fields}.", fields=_listed(missing))
    if slugs := {slug for slug in mapping.slugs.values() if categories.get(slug) is None}:
        return message("The category tree has no {slugs}.", slugs=_listed(slugs))
    if states := set(mapping.states.values()) - set(IMPORTED_STATES):
        return message("A listing cannot be {states}.", states=_listed(states))
    return None


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
