"""The shared category tree and its look-ups."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from app.listings import categories
from app.listings.categories import Category

KINDS = {"equipment", "space", "know_how", "time"}


def walk(nodes: tuple[Category, ...], depth: int = 1) -> Iterator[tuple[Category, int]]:
    for node in nodes:
        yield node, depth
        yield from walk(node.children, depth + 1)


NODES = list(walk(categories.roots()))


def test_every_slug_stands_once_in_the_tree_and_is_kebab_case():
    slugs = [node.slug for node, _ in NODES]

    assert [slug for slug, count in Counter(slugs).items() if count > 1] == []
    assert [slug for slug in slugs if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)] == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_node_has_a_label_in_each_language(language):
    assert [node.slug for node, _ in NODES if not node.labels.get(language, "").strip()] == []


def test_the_tree_is_wide_and_at_most_three_levels_deep():
    assert 15 <= len(categories.roots()) <= 22
    assert 150 <= len(NODES) <= 250
    assert {depth for _, depth in NODES} == {1, 2, 3}


def test_kinds_are_the_four_kinds_and_pass_down_to_those_that_name_none():
    assert {kind for node, _ in NODES for kind in node.kinds} == KINDS
    assert categories.get("hammers").kinds == ("equipment",)
    assert categories.get("choirs").kinds == ("time",)


def test_every_label_finds_its_own_slug_in_either_language_and_any_case():
    wrong = [
        (label, node.slug)
        for node, _ in NODES
        for label in node.labels.values()
        if categories.find(f"  {label.upper()} ") != node.slug
    ]

    assert wrong == []
    assert categories.find("Lastenräder") == categories.find("cargo bikes") == "cargo-bikes"


def test_a_name_nobody_gave_finds_nothing():
    assert categories.find("Zeitmaschinen") is None
    assert categories.get("time-machines") is None
    assert categories.labels("time-machines") == {}
    assert categories.with_descendants("time-machines") == frozenset()


def test_a_category_includes_all_below_it_and_nothing_beside_it():
    below = categories.with_descendants("tools")

    assert {"tools", "hand-tools", "hammers"} <= below
    assert "garden" not in below
    assert categories.with_descendants("hammers") == {"hammers"}


def test_the_tree_speaks_one_language_and_falls_back_to_english():
    german, french = categories.tree("de"), categories.tree("fr")

    assert german[0]["label"] == "Werkzeug"
    assert french[0]["label"] == "Tools"
    assert german[0]["children"][0]["slug"] == categories.roots()[0].children[0].slug


def test_every_node_but_the_tops_knows_its_parent():
    for node, depth in NODES:
        assert (node.parent is None) == (depth == 1)
        if node.parent is not None:
            assert node in categories.get(node.parent).children
