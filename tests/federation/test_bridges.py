"""What we share in the words of others, read back by programs that are not ours."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from fastapi.testclient import TestClient

from app.federation import bridging
from app.federation.service import publishing
from app.kernel.actor import SYSTEM
from app.kernel.clock import TurnableClock
from app.kernel.ids import new_id
from app.listings import service as listings
from app.main import create_app
from app.settings import Settings
from app.wiring import Instance
from tests.factories.accounts import signed_in_person
from tests.factories.listings import mirrored, offer
from tests.serving import free_port, serving

VALIDATOR = "@openactive/rpde-validator@3.0.3571"
HOSTILE = 'Bohrer </script><script>alert(1)</script> & "Säge" <b>'
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def town(instance: Instance, clock: TurnableClock) -> dict[str, str]:
    """What is shared, what was, what never is, and what is a partner's."""
    ben = signed_in_person(instance, "Ben")
    drill = offer(
        instance,
        ben,
        title=HOSTILE,
        description="Anruf: 0341 123456.",
        category="drills",
        tags=["18 V"],
        tariffs=[
            {"tariff": "regular", "billing_unit": "started_24h", "amount_minor": 250, "currency": "EUR"}
        ],
        place={"lat": 51.34, "lon": 12.37, "locality": "Leipzig", "street": "Am Markt 3"},
    )
    clock.turn(timedelta(minutes=1))
    hall = offer(instance, ben, kind="space", title="Saal", place={"lat": 51.05, "lon": 13.74})
    withdrawn = offer(instance, ben, title="Leiter")
    offer(instance, ben, title="Nur hier", federation="none")
    theirs = mirrored(instance, new_id())
    publishing.publish(instance.transactions)
    with instance.transactions.writing(SYSTEM) as work:
        listings.pause(work, withdrawn.id)
    publishing.publish(instance.transactions)
    return {
        "drill": str(drill.id),
        "hall": str(hall.id),
        "withdrawn": str(withdrawn.id),
        "theirs": str(theirs),
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_search_engines_and_feed_readers_read_what_is_shared_and_nothing_else(
    client: TestClient, instance: Instance, clock: TurnableClock
) -> None:
    ids = town(instance, clock)
    page = f"http://testserver/listings/{ids['drill']}"

    index = ET.fromstring(client.get("/sitemap.xml").content)
    [part] = [location.text or "" for location in index.iter(f"{SITEMAP}loc")]
    pages = ET.fromstring(client.get(part).content)
    found = {entry.findtext(f"{SITEMAP}loc"): entry.findtext(f"{SITEMAP}lastmod") for entry in pages}
    assert set(found) == {page, f"http://testserver/listings/{ids['hall']}"}
    assert all(at and at.startswith("2026-11-2") and at.endswith("Z") for at in found.values())
    assert client.get("/sitemap-2.xml").status_code == 404

    answer = client.get("/feeds/listings.atom")
    atom = feedparser.parse(answer.content)
    assert (atom.bozo, atom.version, atom.feed.title) == (False, "atom10", "depot")
    assert [entry.link for entry in atom.entries] == [f"http://testserver/listings/{ids['hall']}", page]
    assert [entry.title for entry in atom.entries] == ["Saal", HOSTILE]
    assert atom.entries[1].author == "Privat"
    assert atom.entries[1].tags[0].term == "drills"
    assert "123456" not in answer.text
    known = client.get("/feeds/listings.atom", headers={"If-None-Match": answer.headers["etag"]})
    assert known.status_code == 304

    tools = client.get("/feeds/listings.json", params={"category": "tools", "near": "51.34,12.37,5"}).json()
    assert (tools["version"], tools["feed_url"]) == (
        "https://jsonfeed.org/version/1.1",
        "http://testserver/feeds/listings.json?category=tools&near=51.34,12.37,5",
    )
    assert [(item["id"], item["title"]) for item in tools["items"]] == [(page, HOSTILE)]
    assert tools["items"][0]["content_text"] == "Anruf: […]."
    same = feedparser.parse(client.get("/feeds/listings.atom", params={"category": "tools"}).content)
    assert [entry.link for entry in same.entries] == [page]
    assert client.get("/feeds/listings.json", params={"near": "here"}).status_code == 400


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_listing_is_told_to_machines_without_a_way_out_of_their_script(
    client: TestClient, instance: Instance, clock: TurnableClock
) -> None:
    ids = town(instance, clock)

    answer = client.get(f"/api/v1/listings/{ids['drill']}/schema.jsonld")

    told = answer.json()
    assert answer.headers["content-type"].startswith("application/ld+json")
    assert "<" not in answer.text
    assert (told["@context"], told["@type"], told["name"]) == ("https://schema.org", "Offer", HOSTILE)
    assert told["url"] == f"http://testserver/listings/{ids['drill']}"
    [price] = told["priceSpecification"]
    assert (price["price"], price["priceCurrency"], price["unitCode"]) == ("2.50", "EUR", "DAY")
    assert told["availableAtOrFrom"]["geo"]["latitude"] != 51.34  # the public point
    assert "offeredBy" not in told
    assert told["itemOffered"]["@type"] == "Product"
    for gone in ("withdrawn", "theirs"):
        assert client.get(f"/api/v1/listings/{ids[gone]}/schema.jsonld").status_code == 404


def test_who_harvests_begins_again_after_a_restore_and_only_then(
    client: TestClient, instance: Instance, clock: TurnableClock
) -> None:
    ids = town(instance, clock)
    first = client.get("/rpde/listings")
    path = first.json()["next"].removeprefix("http://testserver")

    last = client.get(path)

    states = {item["id"]: item["state"] for item in first.json()["items"]}
    assert states == {ids["drill"]: "updated", ids["hall"]: "updated", ids["withdrawn"]: "deleted"}
    assert (last.json()["items"], last.json()["next"]) == ([], first.json()["next"])
    assert (first.headers["cache-control"], last.headers["cache-control"]) == (
        "public, max-age=3600",
        "public, max-age=8",
    )
    with instance.transactions.writing(SYSTEM) as work:
        publishing.rotate_epochs(work)
    assert client.get(path).json()["code"] == "resync-required"


def validator(folder: Path) -> Path:
    """The validator's modules, installed once outside of the repository."""
    modules = folder / "node_modules"
    if not (modules / "@openactive" / "rpde-validator").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                "npm",
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
                str(folder),
                VALIDATOR,
            ],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode and any(
            sign in done.stderr for sign in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED")
        ):
            pytest.skip("npm reaches no registry from here, and the validator is not installed yet")
        assert done.returncode == 0, done.stderr
    return modules


@pytest.mark.skipif(
    shutil.which("npm") is None, reason="the RPDE validator needs npm, which is not installed"
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_t15_the_harvest_passes_the_validator_of_those_who_wrote_the_rules(
    settings: Settings, instance: Instance, clock: TurnableClock
) -> None:
    modules = validator(Path(tempfile.gettempdir()) / "depot-rpde-validator-3.0.3571")
    port = free_port()
    public = replace(
        instance, settings=settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    )
    public.transactions.settings = public.settings
    town(public, clock)
    script = """
        const { RpdeValidator } = require('@openactive/rpde-validator');
        RpdeValidator(process.argv[1], {}).then(log => console.log(JSON.stringify(
            log.pages.map(page => ({ url: page.url, errors: page.errors }))))).catch(error => { throw error; });
    """

    with serving(create_app(instance=public), port=port) as base:
        done = subprocess.run(
            ["node", "-e", script, f"{base}/rpde/listings"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "NODE_PATH": str(modules)},
        )

    assert done.returncode == 0, done.stderr
    pages: list[dict[str, Any]] = json.loads(done.stdout)
    errors = [error["data"] for page in pages for error in page["errors"]]
    assert len(pages) >= 2
    assert [error for error in errors if error["severity"] == "failure"] == [], errors


def test_hostile_words_stay_words_in_json_ld() -> None:
    assert "</script>" not in bridging.ld_script({"name": "</script><!--"})
