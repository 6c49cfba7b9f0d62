"""From words to a PDF that everybody can read, also those who have it read to them (PDF/UA-1, ISO 14289).

The compiler refuses what would not be accessible: a missing language or title, a character that no font can show.
Takes 15 to 40 ms, and is never called inside a unit of work.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import typst

_STANDARD: Final = "ua-1"
_UNSHOWN: Final = "▯"
_SHOWN: Final = re.compile(
    # What the fonts in typst's wheel hold: Latin, Greek, Cyrillic, Hebrew, Arabic; dashes, quotes, currencies.
    "[\n\t\u0020-\u007e\u00a0-\u017f\u0180-\u024f\u0300-\u030c\u0370-\u0373\u0376-\u0377\u037b-\u037d\u0384-\u038a"
    "\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u045f\u0490-\u0491\u05d0-\u05ea\u0621-\u063a\u0640-\u0652\u0660-\u0669"
    "\u1e00-\u1eff\u2010-\u2022\u2026\u2030\u2032-\u2033\u2039-\u203a\u20ac\u2116\u2122\u2190-\u2193\u2212\u25af]"
)


def pdf(paper: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """The paper as PDF. The same paper makes the same bytes on every machine with the same fonts.

    What no font can show (an emoji, say) stands there as `▯` rather than not at all.
    """
    try:
        return _compiled(paper, made_at, machine=True)
    except typst.TypstError:
        # It refuses what people wrote, as no font shows it or no reader could read it aloud.
        return _compiled(_showable(paper), made_at, machine=False)


def _compiled(paper: Mapping[str, Any], made_at: datetime, *, machine: bool) -> bytes:
    made = typst.compile(
        _template(),
        font_paths=_fonts(machine),
        sys_inputs={"paper": json.dumps(paper)},
        pdf_standards=[_STANDARD],
        timestamp=int(made_at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


@cache
def _template() -> bytes:
    return files(__package__).joinpath("contract.typ").read_bytes()


@cache
def _fonts(machine: bool) -> typst.Fonts:
    """Those in the wheel; what they lack, for names in other scripts, from the machine where it has it."""
    return typst.Fonts(include_system_fonts=machine, include_embedded_fonts=True)


def _showable(value: Any) -> Any:
    """The same with a sign in the place of every character that the built-in fonts do not hold."""
    if isinstance(value, str):
        return "".join(_sign(character) for character in unicodedata.normalize("NFC", value))
    if isinstance(value, Mapping):
        return {name: _showable(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_showable(part) for part in value]
    return value


def _sign(character: str) -> str:
    if _SHOWN.fullmatch(character):
        return character
    # Joiners and variation selectors show nothing by themselves.
    return "" if unicodedata.category(character) in ("Cf", "Mn", "Me") else _UNSHOWN
