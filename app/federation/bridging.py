"""Our listings in the words of others: schema.org, Atom (RFC 4287), JSON Feed 1.1, sitemaps. Pure.

Texts are texts: nothing that people wrote is markup in any of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from app.kernel.money import Money

_ATOM: Final = "http://www.w3.org/2005/Atom"
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_SUMMARY: Final = 500
_ITEM: Final = {"equipment": "Product", "space": "Accommodation", "know_how": "Service", "time": "Service"}
_FUNCTION: Final = "http://purl.org/goodrelations/v1#"
_FUNCTIONS: Final = {
    "equipment": "LeaseOut",
    "space": "LeaseOut",
    "know_how": "ProvideService",
    "time": "ProvideService",
}
_UNIT_CODES: Final = {"started_hour": "HUR", "started_24h": "DAY", "calendar_day": "DAY", "night": "DAY"}


def schema_org(data: Mapping[str, Any]) -> dict[str, Any]:
    """A listing as schema.org's Offer, or Demand, in JSON-LD; persons are not named."""
    kind = data["kind"]
    images = [photo["url"] for photo in data["photos"]]
    item = {
        "@type": _ITEM[kind],
        "name": data["title"],
        "description": data["description"] or None,
        "category": data["category"],
        "keywords": ", ".join(data["tags"]) or None,
        "image": images or None,
    }
    organisation = data["provider"]["kind"] == "organisation"
    return _said(
        {
            "@context": "https://schema.org",
            "@type": "Demand" if data["purpose"] == "want" else "Offer",
            "@id": data["url"],
            "url": data["url"],
            "name": data["title"],
            "description": data["description"] or None,
            "category": data["category"],
            "itemOffered": _said(item),
            "businessFunction": _FUNCTION + _FUNCTIONS[kind],
            "eligibleQuantity": {"@type": "QuantitativeValue", "value": data["units"]},
            "availableAtOrFrom": _place(data["place"]),
            "offeredBy": {"@type": "Organization", "name": data["provider"]["name"]}
            if organisation
            else None,
            "image": images or None,
            "validFrom": data["created_at"],
            "validThrough": data["expires_at"],
            **_price(data["tariffs"]),
        }
    )


def ld_script(document: Mapping[str, Any]) -> str:
    """The document as text that may stand inside of a page's `<script>`: it cannot end it."""
    text = json.dumps(document, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def atom(
    listings: Sequence[tuple[Mapping[str, Any], datetime]], *, title: str, language: str, url: str, home: str
) -> bytes:
    """The listings, each with when it changed, as an Atom feed."""
    feed = Element("feed", {"xmlns": _ATOM, "xml:lang": language})
    _text(feed, "id", url)
    _text(feed, "title", title)
    _text(feed, "updated", _time(max((at for _, at in listings), default=_EPOCH)))
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": url})
    SubElement(feed, "link", {"rel": "alternate", "href": home})
    _text(SubElement(feed, "author"), "name", title)
    for data, at in listings:
        entry = SubElement(feed, "entry", {"xml:lang": data["language"]})
        _text(entry, "id", data["url"])
        _text(entry, "title", data["title"])
        _text(entry, "updated", _time(at))
        _text(entry, "published", data["created_at"])
        SubElement(entry, "link", {"rel": "alternate", "href": data["url"]})
        _text(SubElement(entry, "author"), "name", data["provider"]["name"])
        if data["category"]:
            SubElement(entry, "category", {"term": data["category"]})
        _text(entry, "summary", _summary(data))
    return _document(feed)


def json_feed(
    listings: Sequence[tuple[Mapping[str, Any], datetime]], *, title: str, language: str, url: str, home: str
) -> bytes:
    """The same as JSON Feed 1.1."""
    items = [
        _said(
            {
                "id": data["url"],
                "url": data["url"],
                "title": data["title"],
                "content_text": data["description"] or data["title"],
                "summary": _summary(data),
                "image": data["photos"][0]["url"] if data["photos"] else None,
                "date_published": data["created_at"],
                "date_modified": _time(at),
                "authors": [{"name": data["provider"]["name"]}],
                "tags": [*([data["category"]] if data["category"] else []), *data["tags"]] or None,
                "language": data["language"],
            }
        )
        for data, at in listings
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": home,
        "feed_url": url,
        "language": language,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False).encode()


def sitemap(pages: Iterable[tuple[str, datetime]]) -> bytes:
    """The pages of a site and when each changed."""
    root = Element("urlset", {"xmlns": _SITEMAP})
    for url, at in pages:
        page = SubElement(root, "url")
        _text(page, "loc", url)
        _text(page, "lastmod", _time(at))
    return _document(root)


def sitemap_index(parts: Iterable[str]) -> bytes:
    """The parts of a sitemap."""
    root = Element("sitemapindex", {"xmlns": _SITEMAP})
    for url in parts:
        _text(SubElement(root, "sitemap"), "loc", url)
    return _document(root)


def _place(place: Mapping[str, Any]) -> dict[str, Any] | None:
    """The public place, which is never a private address."""
    address = {
        "@type": "PostalAddress",
        "addressLocality": place["locality"] or place["district"],
    }
    point = place["lat"] is not None and place["lon"] is not None
    geo = {"@type": "GeoCoordinates", "latitude": place["lat"], "longitude": place["lon"]}
    found = _said(
        {
            "@type": "Place",
            "address": address if address["addressLocality"] else None,
            "geo": geo if point else None,
        }
    )
    return found if len(found) > 1 else None


def _price(tariffs: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """Free of charge is a price of 0; by arrangement is no price."""
    if tariffs is None:
        return {}
    if not tariffs:
        return {"price": "0", "priceCurrency": "EUR"}
    return {
        "priceSpecification": [
            _said(
                {
                    "@type": "UnitPriceSpecification",
                    "name": tariff["tariff"],
                    "price": str(Money(tariff["amount_minor"], tariff["currency"]).amount),
                    "priceCurrency": tariff["currency"],
                    "unitCode": _UNIT_CODES.get(tariff["billing_unit"]),
                    "unitText": tariff["billing_unit"],
                }
            )
            for tariff in tariffs
        ]
    }


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _summary(data: Mapping[str, Any]) -> str:
    text = " ".join(str(data["description"]).split()) or str(data["title"])
    return text if len(text) <= _LONGEST_SUMMARY else text[: _LONGEST_SUMMARY - 1].rstrip() + "…"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _document(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
