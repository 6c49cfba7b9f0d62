"""`depot openapi`: the document that other programs are written against."""

import json
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

import app
from app.cli.terminal import Refused, say
from app.main import create_app
from app.settings import Settings

_COMMITTED: Final = Path(app.__file__).parent.parent / "openapi" / "openapi.json"


def openapi(
    file: Annotated[Path, typer.Option(help="Where the document stands.")] = _COMMITTED,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if it would change.")] = False,
) -> None:
    """Write the OpenAPI document of the REST API, the same whatever the settings of the instance."""
    text = document()
    if not check:
        file.write_text(text, "utf-8")
        say(f"Written: {file}")
    elif not file.is_file() or file.read_text("utf-8") != text:
        raise Refused(f"{file} is not what the code says. Run `depot openapi` and look at the difference.")


def document() -> str:
    """The document as it is committed: keys sorted, so that a difference is a change."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, database_url=f"sqlite:///{folder}/never-opened.db")
        made = create_app(settings).openapi()
    return json.dumps(made, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
