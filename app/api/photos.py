"""Photos over HTTP: what comes in, and how the bytes go out."""

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import Path, Query, Response

from app.api.endpoints import taking
from app.api.schemas import Line
from app.kernel.pictures import MEDIA_TYPE

UPLOAD: Final = taking("image/jpeg", "image/png", "image/webp")
"""`openapi_extra` of an upload: the bytes of one picture are the body."""

Alt = Annotated[
    Line, Query(max_length=300, description="What can be seen, in words, for who does not see it.")
]


class PhotoSize(StrEnum):
    """How large: at most 1600 or 400 pixels."""

    LARGE = "large"
    THUMBNAIL = "thumbnail"


Size = Annotated[PhotoSize, Path(description="How large.")]

SHOWN: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "The picture, as WebP.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


def picture(data: bytes, digest: str, *, private: bool) -> Response:
    """The bytes as an answer that no browser takes for anything but a picture."""
    headers = {
        "ETag": f'"{digest[:32]}-{len(data)}"',
        "Cache-Control": f"{'private' if private else 'public'}, max-age=86400",
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-site" if private else "cross-origin",
    }
    return Response(data, headers=headers, media_type=MEDIA_TYPE)
