"""The HTTP server: uvicorn, which waits for answers to end before it ends, so streams are ended first."""

import socket
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

if TYPE_CHECKING:
    from app.api.doors import Door


class Server(uvicorn.Server):
    """Serves an application of ours; told to end, it ends the streams and finishes what else is under way."""

    def __init__(self, application: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        door: Door | None = getattr(self._application.state, "door", None)
        if door is not None:
            door.streams.end()
        await super().shutdown(sockets)
