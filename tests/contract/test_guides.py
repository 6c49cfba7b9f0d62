"""What README, CONTRIBUTING and CHANGELOG point at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_and_link_leads_somewhere(guide):
    text = (ROOT / guide).read_text("utf-8")
    paths = re.findall(r"`((?:app|tests|openapi|migrations|\.ci)/[\w./-]*)`", text)
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", text)

    assert [path for path in {*paths, *links} if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_every_name_from_the_code_is_still_there(guide):
    text = (ROOT / guide).read_text("utf-8")
    names = {
        name
        for name in re.findall(r"`([A-Za-z_]+)(?:\(…?\))?`", text)
        if re.search("[a-z]_[a-z]|[a-z][A-Z]", name)
    }
    house = "\n".join(
        path.read_text("utf-8") for folder in ("app", "tests") for path in (ROOT / folder).rglob("*.py")
    )

    assert [
        name for name in names if name not in house and name != "test_a_pinned_message_stays_on_top"
    ] == []
