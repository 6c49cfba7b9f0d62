"""A real server for the proofs: uvicorn in several processes on one socket, each killed at will and replaced at once.

`python -m tests.proofs.server PORT WORKERS [FAULT]`, settings from the environment. Each worker is told on standard
output as it begins, and signs its answers with its process id. A fault of `tests.proofs.faults` is planted from
outside, in these processes only. Workers die with the one who started them.
"""

import ctypes
import gc
import os
import signal
import socket
import sys
from typing import Any

import uvicorn

from app.main import create_app
from app.settings import Settings
from tests.proofs import faults

_PR_SET_PDEATHSIG = 1


class Signed:
    """The application, with the process id of who answered in a header."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.pid = str(os.getpid()).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def signed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-served-by", self.pid)]
            await send(message)

        await self.application(scope, receive, signed if scope["type"] == "http" else send)


def work(listening: socket.socket, keeper: int) -> None:
    """Be one worker, for as long as its keeper lives."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what it logs is not for who reads the process ids
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        return
    application = create_app(Settings(_env_file=None))
    configuration = uvicorn.Config(Signed(application), log_config=None, access_log=False, lifespan="on")
    uvicorn.Server(configuration).run(sockets=[listening])


def keep(listening: socket.socket, workers: int) -> None:
    """Keep so many workers alive until SIGTERM."""
    living: set[int] = set()
    keeper = os.getpid()

    def leave(*_: object) -> None:
        for pid in living:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    while True:
        while len(living) < workers:
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                work(listening, keeper)
                os._exit(0)
            living.add(pid)
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
        gone, _ = os.wait()
        living.discard(gone)


def main() -> None:
    port, workers, *fault = sys.argv[1:]
    for name in fault:
        faults.FAULTS[name].plant()
    listening = socket.create_server(("127.0.0.1", int(port)), backlog=1024)
    listening.set_inheritable(True)
    gc.freeze()
    keep(listening, int(workers))


if __name__ == "__main__":
    main()
