"""Things that leave as files: papers, calendars. What they are, what they are called, and who may keep them. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_SPELLED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS"}
)

_NO_WORD: Final = re.compile(r"[\W_]+")
_LONGEST_WORD: Final = 60


@dataclass(frozen=True, slots=True)
class Document:
    """A file as an answer: the endpoint that returns one sends it with its own ETag."""

    content: bytes
    media_type: str
    file_name: str
    cache_control: str = "no-store"

    @property
    def disposition(self) -> str:
        """Its name for the reader's folder (RFC 6266): in ASCII for old programs, in full for the others."""
        spelled = unicodedata.normalize("NFKD", self.file_name.translate(_SPELLED))
        plain = "".join(letter for letter in spelled if _is_safe(letter))
        return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(self.file_name, safe='')}"


def file_word(text: str) -> str:
    """What people call a thing, as a part of a file's name: letters and digits of any script, all else a hyphen."""
    return _NO_WORD.sub("-", unicodedata.normalize("NFC", text))[:_LONGEST_WORD].strip("-")


def _is_safe(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter in "-._ ")
