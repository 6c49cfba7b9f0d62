"""Every refusal can be opened, and says in plain words what it means and what to do."""

import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

import app
from app.api.explained import TEXTS
from app.kernel.problems import Problem
from tests.contract.document import OPERATIONS

SHAPE = re.compile(
    r"# (?P<title>[^\n]+)\n"
    r"\n`(?P<slug>[a-z0-9-]+)` · status (?P<status>\d{3})\n"
    r"\n## What it means\n\n[^#\n]+\n"
    r"\n## What to do\n\n[^#\n]+\n"
    r"\n## Auf Deutsch\n\n[^#\n]+\n"
)


def _kinds(base: type[Problem]) -> Iterator[type[Problem]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("app."):
            yield kind
            yield from _kinds(kind)


def _by_slug() -> dict[str, list[type[Problem]]]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name != "app.__main__":
            importlib.import_module(module.name)
    found = defaultdict(list)
    for kind in _kinds(Problem):
        if hasattr(kind, "slug"):
            found[kind.slug].append(kind)
    return dict(sorted(found.items()))


PROBLEMS = _by_slug()


@pytest.mark.parametrize("slug", PROBLEMS)
def test_every_problem_is_explained_in_one_shape(slug):
    page = SHAPE.fullmatch((TEXTS / f"{slug}.md").read_text("utf-8"))

    assert page, "Title, slug and status, what it means, what to do, and the same in short in German."
    assert page["slug"] == slug
    assert (page["title"], int(page["status"])) in {(str(k.title), k.status) for k in PROBLEMS[slug]}


def test_no_explanation_has_lost_its_problem():
    assert {path.stem for path in TEXTS.glob("*")} == set(PROBLEMS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_operation_declares_only_problems_there_are_and_under_their_status(operation):
    for status, answer in operation.said["responses"].items():
        for slug in re.findall(r"\]\(/problems/([^)]+)\)", answer["description"]):
            assert int(status) in {kind.status for kind in PROBLEMS[slug]}, slug


def test_a_browser_reads_the_page_and_a_program_the_text(client):
    page = client.get("/problems/not-found", headers={"accept": "text/html"})
    text = client.get("/problems/not-found")

    assert "<h2>What to do</h2>" in page.text
    assert "## What to do" in text.text
