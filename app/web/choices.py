"""The categories to choose from: two hundred lines of a form that are the same all day, written once per language."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from markupsafe import Markup

from app.listings import categories


def category_options(language: str, chosen: str | None) -> Markup:
    """The options of a form, in groups, with the chosen one."""
    options = _options(language)
    before, found, after = options.partition(Markup('value="{}"').format(chosen or ""))
    return before + found + Markup(" selected") + after if found else options


@cache
def _options(language: str) -> Markup:
    return Markup("").join(
        Markup('<optgroup label="{}">{}</optgroup>').format(top["label"], _of([top, *top["children"]]))
        for top in categories.tree(language)
    )


def _of(nodes: Iterable[Mapping[str, Any]]) -> Markup:
    option = Markup('<option value="{}">{}</option>')
    return Markup("").join(option.format(node["slug"], node["label"]) for node in nodes)
