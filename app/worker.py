"""Runs the jobs in a process of its own, beside servers started with `DEPOT_JOBS=worker`."""

import signal
import threading

import structlog

from app import logs, wiring
from app.settings import Settings

log = structlog.get_logger("depot.worker")


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; what is being done then is finished, for up to 20 seconds."""
    logs.configure(settings)
    instance = wiring.open_instance(settings)
    instance.prepare()
    leaving = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leaving.set())
    instance.runner.start()
    log.info("worker_started")
    leaving.wait()
    finished = instance.runner.stop(timeout=20)
    instance.database.close()
    log.info("worker_stopped", finished=finished)
