"""Where files live: a folder of this machine, or a bucket that speaks S3. Known only here.

Keys are made by us, never by people. A file is written before the row that names it and removed after it, so a row
never names a file that is not there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from app.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_FOLDER: Final = "files"
_LIST_CHUNK: Final = 1_000


class Files:
    """The files of one instance. Opened at first use, because the library takes a while to load."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: ObjectStore | None = None

    @property
    def place(self) -> str:
        """Where they are, for operators."""
        return self._settings.files_url or str(self._settings.data_dir / _FOLDER)

    @property
    def are_shared(self) -> bool:
        """Whether every machine of the instance has the same ones, whatever its own disk holds: in a bucket."""
        return bool(self._settings.files_url)

    def put(self, key: str, data: bytes) -> None:
        """Write a file, in the place of one of the same name."""
        import obstore

        obstore.put(self._store, key, data)

    def get(self, key: str) -> bytes | None:
        """Read a file; None where there is none."""
        import obstore

        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Remove a file; there may be none."""
        import obstore

        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return

    def older_than(self, moment: datetime | None, *, under: str) -> Iterator[str]:
        """Every key under this folder that was last written before the moment; without one, every key."""
        import obstore

        for chunk in obstore.list(self._store, prefix=under, chunk_size=_LIST_CHUNK):
            for meta in chunk:
                if moment is None or meta["last_modified"] < moment:
                    yield meta["path"]

    @property
    def _store(self) -> "ObjectStore":
        if self._opened is None:
            self._opened = _open(self._settings)
        return self._opened


def _open(settings: Settings) -> "ObjectStore":
    from obstore.store import LocalStore, S3Store

    if not settings.files_url:
        return LocalStore(settings.data_dir / _FOLDER, mkdir=True)
    given = {
        "endpoint": settings.files_endpoint,
        "access_key_id": settings.files_key_id,
        "secret_access_key": settings.files_secret,
        "region": settings.files_region,
    }
    return S3Store.from_url(
        settings.files_url,
        config={name: value for name, value in given.items() if value},  # type: ignore[arg-type] # names as documented
        client_options={"allow_http": settings.files_endpoint.startswith("http://"), "timeout": "10s"},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
    )
