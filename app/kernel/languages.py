"""Which language somebody reads, and what a Message says in it.

Catalogues are gettext `.po` files in `app/locale/`, those of the pages in `pages/`; English is in the code and is
the key.
"""

from functools import lru_cache
from pathlib import Path

from babel import negotiate_locale
from babel.messages.pofile import read_po

from app.kernel.text import LANGUAGES, Message

_LOCALE = Path(__file__).parent.parent / "locale"


@lru_cache
def _catalogue(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in (_LOCALE / f"{language}.po", _LOCALE / "pages" / f"{language}.po"):
        if path.exists():
            with path.open("rb") as file:
                found |= {str(one.id): str(one.string) for one in read_po(file) if one.id and one.string}
    return found


def base(language: str) -> str:
    """The language of a variety: what dates, labels and contracts of `de-simple` are written in."""
    return language.partition("-")[0]


def translate(sentence: Message, language: str) -> str:
    """The sentence in this language; where the catalogue has a gap in the one it is a variety of, else in English."""
    varieties = (language, base(language))
    text = next((found for one in varieties if (found := _catalogue(one).get(sentence.text))), sentence.text)
    values = {
        name: translate(value, language) if isinstance(value, Message) else value
        for name, value in sentence.values.items()
    }
    return text.format(**values) if values else text


def negotiate(accept_language: str | None, *, default: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110 §12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in (accept_language or "").split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag and 0 < quality <= 1:
            wanted.append((quality, tag.replace("-", "_")))
    preferred = [tag for _, tag in sorted(wanted, key=lambda pair: -pair[0])]
    if not preferred:
        return default
    known = [language.replace("-", "_") for language in LANGUAGES]
    return (negotiate_locale(preferred, known) or default).replace("_", "-")
