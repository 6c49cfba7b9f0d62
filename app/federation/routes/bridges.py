"""What we share in the words of others (openapi/bridges.md): RPDE, schema.org, sitemaps, Atom and JSON Feed."""

import json
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Header, Path, Query, Response

from app.api.endpoints import PublicReading, Router
from app.federation import bridging
from app.federation.choosing import Choice
from app.federation.routes import packing
from app.federation.service import bridges
from app.kernel.unit_of_work import Reading
from app.listings import categories

router = Router(include_in_schema=False)

_KEPT_LONG: Final = "public, max-age=3600"
_TAIL: Final = "public, max-age=8"
_FEED: Final = "public, max-age=300"
IfNoneMatch = Annotated[str, Header()]
Accepted = Annotated[str, Header(alias="accept-encoding")]
Near = Annotated[str | None, Query(max_length=100)]
Category = Annotated[str | None, Query(max_length=64)]


@router.get("/rpde/listings")
def rpde(
    reading: PublicReading,
    after: Annotated[int, Query(alias="afterChangeNumber", ge=0, le=2**53 - 1)] = 0,
    walk: Annotated[str | None, Query(max_length=200)] = None,
    accept_encoding: Accepted = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """Our listings as Realtime Paged Data Exchange 1.0: every change once, in their order."""
    found = bridges.harvest(reading, after=after, walk=walk)
    licence = json.dumps(reading.settings.catalogue_license)
    body = f'{{"next":{json.dumps(found.next)},"items":[{",".join(found.items)}],"license":{licence}}}'
    answer = Response(body, headers={"Cache-Control": _KEPT_LONG if found.items else _TAIL})
    return packing.packed(answer, accept_encoding=accept_encoding, if_none_match=if_none_match)


@router.get("/api/v1/listings/{listing_id}/schema.jsonld")
def schema_org(
    reading: PublicReading, listing_id: Annotated[UUID, Path()], if_none_match: IfNoneMatch = ""
) -> Response:
    """One listing as schema.org's Offer or Demand in JSON-LD."""
    text = bridging.ld_script(bridging.schema_org(bridges.told(reading, listing_id).data))
    return _answer(text.encode(), "application/ld+json", if_none_match)


@router.get("/sitemap.xml")
def sitemaps(reading: PublicReading, if_none_match: IfNoneMatch = "") -> Response:
    """The parts of the sitemap."""
    base, parts = reading.settings.public_url, bridges.sitemap_parts(reading)
    index = bridging.sitemap_index(f"{base}/sitemap-{part}.xml" for part in range(1, parts + 1))
    return _answer(index, "application/xml", if_none_match)


@router.get("/sitemap-{part}.xml")
def sitemap(
    reading: PublicReading, part: Annotated[int, Path(ge=1, le=1_000_000)], if_none_match: IfNoneMatch = ""
) -> Response:
    """The pages of our listings and when each changed; those of partners are theirs."""
    return _answer(bridging.sitemap(bridges.sitemap(reading, part)), "application/xml", if_none_match)


@router.get("/feeds/listings.atom")
def atom(
    reading: PublicReading, near: Near = None, category: Category = None, if_none_match: IfNoneMatch = ""
) -> Response:
    """What was listed last, for feed readers; of a category, of a neighbourhood."""
    feed = bridging.atom(_newest(reading, near, category), **_about(reading, "atom", near, category))
    return _answer(feed, "application/atom+xml", if_none_match)


@router.get("/feeds/listings.json")
def json_feed(
    reading: PublicReading, near: Near = None, category: Category = None, if_none_match: IfNoneMatch = ""
) -> Response:
    """The same as JSON Feed 1.1."""
    feed = bridging.json_feed(_newest(reading, near, category), **_about(reading, "json", near, category))
    return _answer(feed, "application/feed+json", if_none_match)


def _newest(
    reading: Reading, near: str | None, category: str | None
) -> list[tuple[dict[str, Any], datetime]]:
    """What was listed last, and when each was published last."""
    choice = Choice.read(near=near, category=category)
    return [(one.data, one.changed_at) for one in bridges.newest(reading, choice)]


def _about(reading: Reading, form: str, near: str | None, category: str | None) -> dict[str, str]:
    """What a feed is called and where it is."""
    settings = reading.settings
    chosen = {name: value for name, value in (("category", category), ("near", near)) if value}
    query = f"?{urlencode(chosen, safe=',', quote_via=quote)}" if chosen else ""
    of = f": {categories.label(category, settings.language)}" if category else ""
    return {
        "title": f"{settings.name}{of}",
        "language": settings.language,
        "url": f"{settings.public_url}/feeds/listings.{form}{query}",
        "home": settings.public_url,
    }


def _answer(content: bytes, media_type: str, if_none_match: str) -> Response:
    return packing.public(content, media_type, _FEED, if_none_match=if_none_match)
