"""`depot openapi`: the documents that other programs are written against."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

import app
from app.cli import protocol_document
from app.cli.terminal import Refused, say
from app.main import create_app
from app.settings import Settings

_FOLDER: Final = Path(app.__file__).parent.parent / "openapi"
_COMMITTED: Final = _FOLDER / "openapi.json"
_PROTOCOL: Final = _FOLDER / "federation-v1.md"


def openapi(
    file: Annotated[Path, typer.Option(help="Where the document stands.")] = _COMMITTED,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if it would change.")] = False,
) -> None:
    """Write the OpenAPI document of the REST API, the same whatever the settings of the instance.

    In its usual place it brings the federation's with it: the JSON Schemas of DFP/1, and the tables in its document.
    """
    for place, text in (written() if file == _COMMITTED else {file: document()}).items():
        if place.is_file() and place.read_text("utf-8") == text:
            continue
        if check:
            raise Refused(
                f"{place} is not what the code says. Run `depot openapi` and look at the difference."
            )
        place.write_text(text, "utf-8")
        say(f"Written: {place}")


def written() -> Mapping[Path, str]:
    """Every committed document that follows from the code, by its place."""
    return {_COMMITTED: document(), **protocol()}


def protocol() -> Mapping[Path, str]:
    """Those of the federation."""
    schemas = {
        _FOLDER / "federation" / f"{name}.schema.json": protocol_document.schema(name)
        for name in protocol_document.MESSAGES
    }
    return {**schemas, _PROTOCOL: protocol_document.filled(_PROTOCOL.read_text("utf-8"))}


def document() -> str:
    """The document as it is committed: keys sorted, so that a difference is a change."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, database_url=f"sqlite:///{folder}/never-opened.db")
        made = create_app(settings).openapi()
    return json.dumps(made, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
