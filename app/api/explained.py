"""`/problems/<slug>`: the type of every problem can be opened and says what it means and what to do."""

from pathlib import Path
from typing import Annotated, Final

import fastapi
from fastapi import Request, Response
from markdown_it import MarkdownIt

from app.api.endpoints import Router
from app.kernel.problems import NotFound

TEXTS: Final = Path(__file__).parents[2] / "openapi" / "problems"
_CACHED: Final = {"Cache-Control": "public, max-age=3600", "Vary": "Accept"}

router = Router(prefix="/problems", tags=["problems"])

Slug = Annotated[
    str, fastapi.Path(pattern=r"^[a-z0-9-]{1,60}$", description="The end of a problem's `type`.")
]


@router.get(
    "/{slug}",
    summary="Explain a problem",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {}, "text/html": {}}, "description": "The explanation."}},
)
async def explain(slug: Slug, request: Request) -> Response:
    """What a problem means and what to do: a page for browsers, Markdown for everybody else."""
    path = TEXTS / f"{slug}.md"
    if not path.is_file():
        raise NotFound
    text = path.read_text(encoding="utf-8")
    if "text/html" not in request.headers.get("accept", ""):
        return Response(text, headers=_CACHED, media_type="text/markdown")
    body = MarkdownIt("commonmark", {"html": False}).render(text)
    page = f'<!doctype html><meta charset="utf-8"><title>{slug}</title>{body}'
    return Response(page, headers=_CACHED, media_type="text/html")
