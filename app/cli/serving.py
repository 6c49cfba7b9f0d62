"""`depot serve` and `depot worker`: the two processes an instance is made of, or the one."""

import gc
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from app import worker as jobs
from app.api.server import Server
from app.cli.demo import Seed, fill, introduce
from app.cli.schema import bring_up_to_date, opened
from app.cli.terminal import say
from app.main import create_app
from app.settings import Settings

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    as_demo: Annotated[
        bool, typer.Option("--demo", help="A small town to try out, made anew at each start.")
    ] = False,
    seed: Seed = 1,
) -> None:
    """Serve this instance: the API for everybody, and the jobs unless DEPOT_JOBS=worker.

    The database is brought up to date first. Behind a reverse proxy that speaks HTTPS, set DEPOT_PUBLIC_URL to the
    address people use. With --demo your own database is not touched, and mails are written to the log.
    """
    settings = reachable_at(Settings(), host, port)
    if as_demo:
        settings = _demo_settings(settings)
        introduce(fill(settings, seed=seed))
    run(settings, host=host, port=port)


def worker() -> None:
    """Run the jobs of an instance whose servers have DEPOT_JOBS=worker: mails, partners, whatever falls due."""
    settings = Settings()
    bring_up_to_date(settings)
    jobs.run(settings)


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve an instance until somebody stops the process; requests under way are finished first."""
    with opened(settings) as instance:
        say(f"{settings.name} answers at {settings.public_url} (stop with Ctrl-C)")
        application = create_app(instance=instance)
        gc.collect()
        gc.freeze()  # what start-up made stays; to look through it again and again lengthens the tail
        configuration = uvicorn.Config(
            application,
            host=host,
            port=port,
            log_config=None,  # `app.logs` has one form for everything
            access_log=False,  # requests are logged with their ids, by the application
            server_header=False,
            timeout_graceful_shutdown=20,
        )
        server = Server(application, configuration)
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            raise typer.Exit(1)  # why stands in the log already


def reachable_at(settings: Settings, host: str, port: int) -> Settings:
    """The settings with the public address of a try-out, where the operator has given none."""
    if "public_url" in settings.model_fields_set:
        return settings
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return settings.model_copy(update={"public_url": f"http://{shown}:{port}"})


def _demo_settings(settings: Settings) -> Settings:
    """The settings with a fresh database of the demo's own, and without a way to send mail."""
    database = settings.data_dir / "demo.db"
    for leftover in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    own = {"database_url": f"sqlite:///{database}", "mail_host": "", "jobs": "embedded"}
    if "log_format" not in settings.model_fields_set:
        own["log_format"] = "console"  # somebody sits before it, and reads the mails there
    return settings.model_copy(update=own)
