"""Words in the language of each index of words, or as patterns over the words of a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, or_

from app.kernel.columns import table_of
from app.listings.search_words import MARK, Sought
from app.listings.tables import SearchEntry

ENTRY: Final[Any] = SimpleNamespace(
    **{
        column.name: literal_column(f"search_entry.{column.name}", column.type)
        for column in table_of(SearchEntry).columns
    }
)
"""The columns of the index by themselves: which table they come from is said once, in FROM."""


@dataclass(frozen=True, slots=True)
class Match:
    """Words in the language of the full text index: all of them, in the title, or somewhere but not in the title.

    `terms` are the `words` with as many beginnings spelled out as possible.
    """

    words: tuple[Sought, ...]
    where: str = "anywhere"
    any_of: bool = False
    terms: tuple[Sought, ...] | None = None

    def on_sqlite(self) -> str:
        def one(word: Sought, mark: str) -> str:
            found = [f'"{mark}{form}"' for form in _needed(word)]
            beginning = [f'"{mark}{word.beginning}" *'] if word.beginning else []
            return "(" + " OR ".join(found + beginning) + ")"

        return self._said(one, " OR " if self.any_of else " AND ", "({}) NOT ({})")

    def on_postgres(self, squares: Sequence[str] = ()) -> str:
        def one(word: Sought, mark: str) -> str:
            found = [f"'{mark}{form}'" for form in _needed(word)]
            beginning = [f"'{mark}{word.beginning}':*"] if word.beginning else []
            return "(" + "|".join(found + beginning) + ")"

        said = self._said(one, "|" if self.any_of else "&", "({}) & !({})")
        inside = "|".join(f"'{square}'" for square in squares)
        return f"({said}) & ({inside})" if squares else said

    def _said(self, one: Any, joined_by: str, without: str) -> str:
        anywhere, in_title = (
            joined_by.join(one(word, mark) for word in self.terms or self.words) for mark in ("", MARK)
        )
        match self.where:
            case "title":
                return in_title
            case "text":
                return without.format(anywhere, in_title)
            case _:
                return anywhere

    def as_likes(self) -> ColumnElement[bool]:
        """The same by reading the words of a row: for words so frequent that most rows at hand have them."""
        like = {name: ENTRY.words.like(bindparam(name)) for name in self.likes}
        joined = or_ if self.any_of else and_
        anywhere, in_title = (
            joined(*(or_(*(like[name] for name, _ in forms)) for forms in self._likes(mark)))
            for mark in ("", MARK)
        )
        match self.where:
            case "title":
                return in_title
            case "text":
                return and_(anywhere, ~in_title)
            case _:
                return anywhere

    @property
    def likes(self) -> dict[str, str]:
        """What the conditions of `as_likes` name."""
        return dict(one for mark in ("", MARK) for forms in self._likes(mark) for one in forms)

    @property
    def shape(self) -> tuple[object, ...]:
        """Everything that decides which conditions `as_likes` makes, whatever the words."""
        return (self.where, self.any_of, *(len(forms) for forms in self._likes("")))

    def _likes(self, mark: str) -> list[list[tuple[str, str]]]:
        """For each word the patterns, one of which must be there, by their names."""
        found = []
        for number, word in enumerate(self.words):
            patterns = [f"% {mark}{form} %" for form in _needed(word)]
            if word.beginning:
                patterns.append(f"% {mark}{word.beginning}%")
            named = f"in_title_{number}" if mark else f"anywhere_{number}"
            found.append([(f"{named}_{at}", pattern) for at, pattern in enumerate(patterns)])
        return found


def _needed(word: Sought) -> list[str]:
    """The forms that its beginning does not find anyway."""
    return [form for form in word.exactly if not (word.beginning and form.startswith(word.beginning))]
