"""`/docs`: the API to read and to try out in a browser, without anything from elsewhere.

Swagger UI comes with the package `fastapi-offline`; FastAPI's own page would load it from a CDN.
"""

from importlib.resources import files
from typing import Annotated, Final

import fastapi
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

_ASSETS: Final = files("fastapi_offline") / "static"
_KEPT: Final = {"Cache-Control": "public, max-age=86400"}
# Swagger UI sets styles on its elements and shows small images from data: addresses.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>depot: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null,
});
"""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def page() -> Response:
    """The page."""
    headers = {"Content-Security-Policy": _POLICY, **_KEPT}
    return Response(_PAGE, headers=headers, media_type="text/html")


@router.get("/docs/start.js")
async def start() -> Response:
    """What the page does first; a file of its own, for the policy allows no script inside the page."""
    return Response(_START, headers=_KEPT, media_type="text/javascript")


@router.get("/docs/{name}")
async def asset(name: Annotated[str, fastapi.Path(pattern=r"^swagger-ui(-bundle\.js|\.css)$")]) -> Response:
    """Swagger UI itself."""
    return FileResponse(str(_ASSETS / name), headers=_KEPT)
