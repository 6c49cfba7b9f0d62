"""The one category tree that all instances share, read from `openapi/categories.json`.

A slug is a promise to partners: it is added, never renamed. Every node has a label in every language of the
tree; where it says nothing about `kinds` it has those of its nearest ancestor, and none means any kind.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import app
from app.kernel.languages import base

_FILE: Final = Path(app.__file__).parent.parent / "openapi" / "categories.json"


@dataclass(frozen=True, slots=True)
class Category:
    """One node; `parent` is None for the trees' tops, `children` are in the order residents see."""

    slug: str
    labels: Mapping[str, str]
    kinds: tuple[str, ...]
    parent: str | None
    children: tuple["Category", ...]


def get(slug: str) -> Category | None:
    """The category of that slug, or None where the tree has no such node."""
    return _by_slug().get(slug)


def with_descendants(slug: str) -> frozenset[str]:
    """The slug and all below it: who asks for tools also means saws. Unknown slugs have nothing below."""
    category = get(slug)
    return frozenset(node.slug for node in _walk((category,))) if category else frozenset()


def with_ancestors(slug: str) -> frozenset[str]:
    """The slug and all above it: who asks for any of these means it, too. Unknown slugs have nothing above."""
    category = get(slug)
    return frozenset({slug}) | with_ancestors(category.parent or "") if category else frozenset()


def depth(slug: str) -> int:
    """How far below the tops it stands: 1 for a top, 0 for an unknown slug. Deeper means more special."""
    category = get(slug)
    return 1 + depth(category.parent or "") if category else 0


def labels(slug: str) -> Mapping[str, str]:
    """The labels by language, empty for an unknown slug: a partner may run a newer tree."""
    category = get(slug)
    return category.labels if category else {}


def label(slug: str, language: str) -> str:
    """One label, in English where the tree lacks the language; the slug itself when it is unknown."""
    known = labels(slug)
    return known.get(base(language)) or known.get("en", slug)


def find(name: str) -> str | None:
    """The slug whose label in any language is this name, whatever its case; None where nothing matches."""
    return _by_label().get(_folded(name))


def roots() -> tuple[Category, ...]:
    """The tops of the tree in the order residents see."""
    return _tops()


def tree(language: str) -> list[dict[str, Any]]:
    """The whole tree as nested `{slug, label, kinds, children}`, in English where a label is missing."""
    return [_shown(category, language) for category in _tops()]


def _shown(category: Category, language: str) -> dict[str, Any]:
    return {
        "slug": category.slug,
        "label": label(category.slug, language),
        "kinds": list(category.kinds),
        "children": [_shown(child, language) for child in category.children],
    }


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


@cache
def _tops() -> tuple[Category, ...]:
    document = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_read(node, parent=None, kinds=()) for node in document["categories"])


def _read(node: Mapping[str, Any], *, parent: str | None, kinds: tuple[str, ...]) -> Category:
    own = tuple(node.get("kinds", kinds))
    return Category(
        slug=node["slug"],
        labels=node["labels"],
        kinds=own,
        parent=parent,
        children=tuple(_read(child, parent=node["slug"], kinds=own) for child in node.get("children", ())),
    )


@cache
def _by_slug() -> Mapping[str, Category]:
    return {category.slug: category for category in _walk(_tops())}


@cache
def _by_label() -> Mapping[str, str]:
    return {_folded(label): node.slug for node in _walk(_tops()) for label in node.labels.values()}


def _walk(categories: Sequence[Category]) -> Iterator[Category]:
    for category in categories:
        yield category
        yield from _walk(category.children)
