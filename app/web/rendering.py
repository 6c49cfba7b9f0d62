"""Templates as answers: in the reader's language, escaped, with nothing inside that a browser should run."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.kernel import rich_text, said
from app.kernel.ids import new_id
from app.kernel.languages import translate
from app.kernel.text import LANGUAGES, Message
from app.web import static, words
from app.web.choices import category_options
from app.web.forms import errors_by_field

if TYPE_CHECKING:
    from app.web.visits import Visit

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals |= {"static": static.address, "words": words, "languages": LANGUAGES, "new_key": new_id}
TEMPLATES.globals |= {"category_options": category_options}
TEMPLATES.filters |= {"markdown": lambda text: Markup(rich_text.html(text, below=2))}  # noqa: S704 - made safe there

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{tiles}; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)


def page(visit: "Visit", template: str, facts: Mapping[str, Any], *, status: int) -> Response:
    """One page, private to who asked for it."""
    text = TEMPLATES.get_template(template).render({**_surroundings(visit), **facts})
    headers = {
        "Content-Security-Policy": _POLICY.format(tiles=_origin_of_tiles(visit.settings.map_tiles_url)),
        "Content-Language": visit.language,
        "Cache-Control": "no-store" if visit.me else "no-cache",
        "Referrer-Policy": "same-origin",
        "Vary": "Cookie, Accept-Language, HX-Request",
    }
    return Response(text, status, headers, media_type="text/html")


def _surroundings(visit: "Visit") -> dict[str, Any]:
    """What every template may use."""
    language = visit.language
    return {
        "visit": visit,
        "language": language,
        "_": partial(_say, language),
        "tell": partial(_tell, language),
        "day": partial(said.day, language=language, zone=visit.zone),
        "date": partial(said.date_in_words, language=language),
        "moment": partial(said.moment, language=language, zone=visit.zone),
        "span": partial(said.span, language=language, zone=visit.zone),
        "clock": partial(said.clock, language=language, zone=visit.zone),
        "money": partial(said.money, language=language),
        "length": partial(said.length, language=language),
        "number": partial(said.number, language=language),
        "problem": visit.problem,
        "errors": errors_by_field(visit.problem),
        "typed": visit.typed,
    }


def _say(language: str, text: str, /, **values: object) -> str:
    """A sentence of a template: English is the key, as everywhere."""
    return translate(Message(text, values), language)


def _tell(language: str, sentence: Message | None) -> str:
    """A sentence that came from elsewhere."""
    return translate(sentence, language) if sentence else ""


def _origin_of_tiles(url: str) -> str:
    """The one foreign address that pages may load pictures from."""
    scheme, _, rest = url.partition("://")
    return f" {scheme}://{rest.partition('/')[0].replace('{s}', '*')}" if rest else ""


Say = Callable[..., str]
