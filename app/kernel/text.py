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
LANGUAGES: Final = ("de", "de-simple", "en")
"""What people can read here (BCP 47); `de-simple` is Leichte Sprache, and German where it has nothing of its own."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_UNSEEN = re.compile(r"[\u202a-\u202e\u2066-\u2069\ufeff]")
"""Marks that show nothing and turn around what stands beside them: `exe.jpg` for `gpj.exe`. No script needs them."""
_LINE_END = re.compile(r"\r\n|[\r\x85\u2028\u2029]")


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
    """One line: NFC, without control characters, inner white space folded; empty where nothing can be seen."""
    line = unicodedata.normalize("NFC", " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", value)).split()))
    return line if any(unicodedata.category(letter)[0] in "LNPS" for letter in line) else ""


def clean_text(value: str) -> str:
    """Several lines: NFC, without control characters but for line breaks and tabs, trimmed."""
    plain = _CONTROL.sub("", _UNSEEN.sub("", _LINE_END.sub("\n", value)))
    return unicodedata.normalize("NFC", plain).strip()
