"""Sentences for people, and plain text from people.

A `Message` is written in English, which is also the key under which the catalogues in `app/locale/` hold its
translation. It stays untranslated until somebody with a language reads it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

DEFAULT_LANGUAGE: Final = "de"
LANGUAGES: Final = ("de", "en")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence with `{placeholders}`; `text` is its English and its key."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values) if self.values else self.text


def message(text: str, /, **values: object) -> Message:
    """A sentence for people. The function's name is what the catalogue's extractor looks for."""
    return Message(text, values)


def utc_text(moment: datetime) -> str:
    """An instant among the facts of a sentence: in UTC, with `Z`, as everywhere on the wire."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def clean_line(value: str) -> str:
    """One line: NFC, without control characters, inner white space folded."""
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", value)).split())


def clean_text(value: str) -> str:
    """Several lines: NFC, without control characters but for line breaks and tabs, trimmed."""
    normal = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", normal).strip()
