"""Files as answers of endpoints."""

from typing import Any

from fastapi import Response
from starlette.status import HTTP_304_NOT_MODIFIED

from app.api.etags import etag_of, is_known
from app.kernel.documents import Document


def document_answer(document: Document, status: int, if_none_match: str | None) -> Response:
    """The whole file, or 304 for who has it already."""
    etag = etag_of(document, document.content)
    headers = {"ETag": etag, "Cache-Control": document.cache_control}
    if is_known(etag, if_none_match):
        return Response(status_code=HTTP_304_NOT_MODIFIED, headers=headers)
    headers["Content-Disposition"] = document.disposition
    return Response(document.content, status, headers, media_type=document.media_type)


def file_answer(media_type: str, description: str) -> dict[str, Any]:
    """`responses=` of an operation whose answer is a file of this type."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"description": description, "content": content}
