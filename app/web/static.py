"""Styles, scripts and pictures of the pages: packed once, kept for ever by who has them.

An address holds a hash of the content, so a browser may keep it for a year and never has an old one.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from app.kernel.problems import NotFound

_FOLDER: Final = Path(__file__).parent / "static"
_KEPT: Final = "public, max-age=31536000, immutable"
_PACKED_TYPES: Final = ("text/", "application/javascript", "application/manifest+json", "image/svg+xml")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    """One file, as it is sent."""

    content: bytes
    packed: bytes | None
    media_type: str
    digest: str


@cache
def _asset(name: str) -> Asset | None:
    path = (_FOLDER / name).resolve()
    if not path.is_relative_to(_FOLDER) or not path.is_file():
        return None
    content = path.read_bytes()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(content, mtime=0) if media_type.startswith(_PACKED_TYPES) else None
    return Asset(content, packed, media_type, hashlib.sha256(content).hexdigest()[:10])


@cache
def address(name: str) -> str:
    """Where a file of `static/` is found in this version; a KeyError for one that is not there."""
    asset = _asset(name)
    if asset is None:
        raise KeyError(name)
    return f"/static/{asset.digest}/{name}"


def text(name: str) -> str:
    """What a file of `static/` says, for those that are sent under another address."""
    asset = _asset(name)
    if asset is None:
        raise KeyError(name)
    return asset.content.decode()


@router.get("/static/{digest}/{name:path}")
async def static(request: Request, digest: str, name: str) -> Response:
    """One file. Another digest than today's is an older page's: it gets today's file, not kept for long."""
    asset = _asset(name)
    if asset is None:
        raise NotFound
    headers = {
        "Cache-Control": _KEPT if digest == asset.digest else "public, max-age=60",
        "Vary": "Accept-Encoding",
        "ETag": f'"{asset.digest}"',
    }
    if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.media_type)
    return Response(asset.content, headers=headers, media_type=asset.media_type)
