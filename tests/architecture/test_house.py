"""The house keeps its own rules: sizes, transactions, floors. Rules that no machine checks decay."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in SOURCES]
DOMAINS = ("accounts", "listings", "bookings", "moderation", "federation", "notifications")


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_a_file_stays_below_four_hundred_lines_and_a_function_below_forty(path):
    text = path.read_text()
    tall = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _height(node) > 40
    ]

    assert len(text.splitlines()) <= 400
    assert tall == []


def _height(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _calls(path: Path) -> set[str]:
    return {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.relative_to(ROOT).parts[1] in DOMAINS], ids=str
)
def test_domains_never_end_a_transaction(path):
    assert not _calls(path) & {"commit", "rollback"}


def test_only_the_kernel_commits():
    committing = {str(path.relative_to(ROOT)) for path in SOURCES if "commit" in _calls(path)}

    assert committing <= {"app/kernel/database.py", "app/cli/schema.py"}


@pytest.mark.parametrize("room", DOMAINS)
def test_every_room_says_what_it_is(room):
    assert ast.get_docstring(ast.parse((ROOT / "app" / room / "__init__.py").read_text()))


BREACHES = {
    "a rule that reads the database": ("app/bookings/rules/planted.py", "import sqlmodel\n"),
    "a lower room that looks up": ("app/listings/planted.py", "import app.bookings.service\n"),
    "a room entered by the window": ("app/federation/planted.py", "import app.bookings.tables\n"),
    "a service that knows the web": ("app/accounts/service/planted.py", "import fastapi\n"),
    "a second door to the outside": ("app/listings/planted.py", "import httpx\n"),
    "a route that reads tables": ("app/cli/planted.py", "import app.listings.tables\n"),
}


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory):
    """A copy of the house in which something can be planted."""
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "app", house / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", house)
    return house


def _floors(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)


def test_the_floors_hold(copied_house):
    found = _floors(copied_house)

    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("place", "breach"), BREACHES.values(), ids=BREACHES.keys())
def test_a_planted_breach_is_found(copied_house, place, breach):
    planted = copied_house / place
    planted.write_text(breach)
    try:
        found = _floors(copied_house)
    finally:
        planted.unlink()

    assert found.returncode == 1
    assert "planted" in found.stdout, found.stdout
