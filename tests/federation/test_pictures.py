"""Pictures of a partner's listings: fetched by our server, proved, made anew, gone with the last (T-29, T-30)."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.outbound.http import Answer, OutboundRefused, Unreachable
from tests.factories.imposters import Imposter, entry, tombstone
from tests.factories.pictures import bomb
from tests.factories.pictures import photo as picture_of

BASE = "https://leipzig.example/api/v1/photos"


class Gallery:
    """What Leipzig has under which address, and what Halle asked for."""

    def __init__(self, imposter: Imposter) -> None:
        self.halle = imposter.regions.halle
        self.there: dict[str, bytes | Exception] = {}
        self.asked: list[str] = []
        feed = imposter.answer
        imposter.regions.line.intercept = lambda method, url, body: (
            self.answer(url) or feed(method, url, body)
        )

    def answer(self, url: str) -> Answer | None:
        if not url.startswith(BASE) and "/photos/" not in url:
            return None
        self.asked.append(url)
        found = self.there.get(url)
        if isinstance(found, Exception):
            raise found
        return Answer(404, {}, b"") if found is None else Answer(200, {"content-type": "image/webp"}, found)

    def hang(
        self, name: str, content: bytes | Exception, *, digest_of: bytes | None = None
    ) -> dict[str, Any]:
        url = f"{BASE}/{name}"
        self.there[url] = content
        data = digest_of or (content if isinstance(content, bytes) else b"?")
        return {"url": url, "sha256": hashlib.sha256(data).hexdigest(), "alt": f"Bild {name}"}

    def shown(self) -> dict[str, list[str]]:
        found = self.halle.found("leiter")
        return {item["title"]: [photo["alt"] for photo in item["photos"]] for item in found}

    def files(self) -> set[str]:
        folder = self.halle.instance.settings.data_dir / "files" / "photos"
        return {path.name for path in Path(folder).glob("*/*")} if folder.exists() else set()


@pytest.fixture
def gallery(imposter: Imposter) -> Gallery:
    return Gallery(imposter)


def test_pictures_are_proved_made_anew_shared_and_forgotten(imposter: Imposter, gallery: Gallery) -> None:
    located = picture_of(located=True)
    good = gallery.hang("good", located)
    bad = [
        gallery.hang("other", picture_of((32, 32)), digest_of=b"something else"),
        gallery.hang("svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        gallery.hang("html", b"<!doctype html><script>alert(1)</script>"),
        gallery.hang("large", b"\xff\xd8\xff" + b"x" * (10 * 1024 * 1024)),
        gallery.hang("enormous", bomb(10_000, 10_000)),
        gallery.hang("moved", OutboundRefused("The other side redirects")),
        {"url": "https://evil.example/photos/spy", "alt": "spy"},
    ]
    imposter.items = [entry(1, photos=[good]), entry(2, photos=[*bad, good])]

    imposter.poll()

    assert gallery.shown() == {"Leiter 1": ["Bild good"], "Leiter 2": ["Bild good"]}
    assert not any("evil" in url for url in gallery.asked)
    assert gallery.asked.count(good["url"]) == 1  # one file for both
    [photo] = gallery.halle.found("leiter")[0]["photos"]
    answer = gallery.halle.client.get(photo["url"])
    assert photo["url"].startswith("/api/v1/photos/")
    assert answer.headers["content-type"] == "image/webp"
    assert not Image.open(BytesIO(answer.content)).getexif()

    imposter.items = [entry(2, photos=[good]), tombstone(11, "item-1")]
    imposter.poll()
    assert (gallery.shown(), bool(gallery.files())) == ({"Leiter 2": ["Bild good"]}, True)
    imposter.items = [tombstone(11, "item-1"), {**tombstone(12, "item-2"), "reason": "erased"}]
    imposter.poll()

    assert (gallery.shown(), gallery.files()) == ({}, set())
    assert gallery.halle.client.get(photo["url"]).status_code == 404


def test_a_picture_that_cannot_be_had_now_is_tried_again_and_holds_up_nothing(
    imposter: Imposter, gallery: Gallery
) -> None:
    later = gallery.hang("later", Unreachable("silence"))
    picture = picture_of()
    later["sha256"] = hashlib.sha256(picture).hexdigest()
    imposter.items = [entry(1, photos=[later])]
    imposter.poll()
    assert gallery.shown() == {"Leiter 1": []}

    gallery.there[later["url"]] = picture
    for _ in range(12):
        imposter.poll()

    assert gallery.shown() == {"Leiter 1": ["Bild later"]}
    assert len(gallery.asked) == 2
