"""The ceiling of an HTTP answer: uvicorn and an ASGI application of a dozen lines, which knows each answer beforehand."""

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn


def application(pages: dict[str, bytes]) -> Any:
    """Answer each path and query with its bytes."""

    async def answer(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        query = scope["query_string"].decode()
        body = pages[f"{scope['path']}?{query}" if query else scope["path"]]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[2]).read_text())
    known = {path: body.encode("latin-1") for path, body in told.items()}
    uvicorn.run(
        application(known), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off"
    )
