"""Every setting of an instance, read once from the environment (prefix `DEPOT_`) or a `.env` file.

All have defaults that make a private try-out work; an operator of a real instance sets at least `DEPOT_PUBLIC_URL`,
`DEPOT_NAME`, `DEPOT_MAIL_*` and, with more than one process, `DEPOT_DATABASE_URL`.
"""

from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Language = Literal["de", "de-simple", "en"]
Who = Literal["everyone", "organisations", "recognised_organisations"]


class Settings(BaseSettings):
    """The settings of one instance. Unknown `DEPOT_*` variables are ignored; wrong values stop the start."""

    model_config = SettingsConfigDict(
        env_prefix="DEPOT_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    name: str = Field(default="depot", description="What residents call this instance.")
    region: str = Field(default="Leipzig", description="The region it serves, as people say it.")
    region_lat: float = Field(default=51.34, ge=-90, le=90, description="Centre of the region, latitude.")
    region_lon: float = Field(default=12.37, ge=-180, le=180, description="Centre of the region, longitude.")
    region_radius_km: int = Field(default=25, ge=1, le=500, description="How far the region reaches.")
    time_zone: str = Field(default="Europe/Berlin", description="IANA zone of the region.")
    subdivision: str = Field(
        default="DE-SN",
        pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        description="The state of the region (ISO 3166-2), for its public holidays.",
    )
    language: Language = Field(default="de", description="Language used where nobody asked for another.")
    operator: str = Field(default="", description="Who runs it: the legal name.")
    operator_contact: str = Field(
        default="", description="Where the operator can be reached: an address or page."
    )
    catalogue_license: str = Field(
        default="https://creativecommons.org/licenses/by/4.0/",
        description="Under which licence others may show what is listed here; a URL, told to harvesters.",
    )
    privacy_url: str = Field(default="", description="The privacy notice.")
    map_tiles_url: str = Field(
        default="https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        pattern=r"^(https?://[^\s;,'\"]+)?$",
        description="The map's pictures, loaded only when somebody asks for the map. Empty: no map.",
    )
    map_credit: str = Field(default="© OpenStreetMap", description="Whose map it is, shown on it.")

    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="The address people and partners use; signatures are checked against it.",
    )
    data_dir: Path = Field(
        default=Path("data"),
        description="Where files live: SQLite's database, photos, and what outlives a backup brought back. "
        "All processes share it, on several machines as one volume.",
    )
    database_url: str = Field(
        default="", description="Empty: SQLite in data_dir. PostgreSQL: postgresql://user:password@host/name"
    )
    files_url: str = Field(
        default="",
        pattern=r"^(s3://[a-z0-9.-]+(/[A-Za-z0-9._/-]*)?)?$",
        description="Where photos live. Empty: in data_dir/files. Else a bucket, s3://bucket/folder",
    )
    files_endpoint: str = Field(default="", description="The S3 server, if it is not Amazon's.")
    files_region: str = Field(default="eu-central-1", description="The bucket's region.")
    files_key_id: str = ""
    files_secret: str = Field(default="", repr=False)
    pool_size: int = Field(default=15, ge=2, le=100, description="Database connections of this process.")
    sqlite_threads: int = Field(default=2, ge=1, le=16, description="Units of work at a time on SQLite.")
    postgres_threads: int = Field(
        default=8, ge=1, le=64, description="Units of work at a time on PostgreSQL."
    )
    lock_timeout_ms: int = Field(default=2_000, ge=100, description="How long a row's lock is waited for.")
    statement_timeout_ms: int = Field(
        default=5_000,
        ge=500,
        description="How long one statement may take; on SQLite, how long a writer waits.",
    )

    jobs: Literal["embedded", "worker"] = Field(
        default="embedded",
        description="embedded: this server also runs the jobs. worker: `depot worker` runs them elsewhere.",
    )

    mail_host: str = Field(default="", description="SMTP server; empty: mails are written to the log.")
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_user: str = ""
    mail_password: str = Field(default="", repr=False)
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    mail_from: str = Field(default="depot <depot@localhost>", description="The sender of every mail.")

    review_listings: bool = Field(
        default=False, description="Whether staff look at a listing before it appears."
    )
    who_may_borrow: Who = Field(default="everyone", description="Who may borrow here at all.")
    who_may_offer: Who = Field(
        default="everyone", description="Who may offer something here; needs may be told by everybody."
    )
    max_active_bookings: int = Field(
        default=20,
        ge=0,
        description="How many bookings one borrower may have under way at a time; 0: any number.",
    )
    cors_origins: list[str] = Field(default=[], description="Browser origins of other frontends, exactly.")
    max_body_bytes: int = Field(default=1_048_576, ge=1_024, description="Largest request body.")
    max_photo_bytes: int = Field(default=5 * 1_048_576, ge=1_024, description="Largest photo that is taken.")

    rate_per_minute: int = Field(
        default=600,
        ge=0,
        description="Requests a minute from one person or address; 0: as many as they like.",
    )

    outbound_allow: list[str] = Field(
        default=[],
        description="host:port pairs that may be called although they are not public HTTPS; for tests and try-outs.",
    )
    federation_poll_seconds: int = Field(
        default=300, ge=1, description="How often partners are asked for news."
    )
    partner_entries: int = Field(
        default=200_000,
        ge=1,
        description="How many listings of one partner are copied here; staff hears of a partner with more.",
    )
    partner_pictures: int = Field(
        default=20_000,
        ge=0,
        description="How many pictures of one partner's listings are copied here at most (about 200 kB each); 0: none.",
    )
    federation_commands_a_minute: int = Field(
        default=60,
        ge=60,
        description="How many new commands a partner may send for its residents within a minute.",
    )

    test_control: bool = Field(
        default=False,
        description="Lends `depot conformance` this instance's hands: listings, clock. For tests, on loopback only.",
    )

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @field_validator("subdivision")
    @classmethod
    def _a_state_with_holidays(cls, value: str) -> str:
        import holidays  # a tenth of a second, only for those who set it

        country, _, state = value.partition("-")
        known = holidays.list_supported_countries(include_aliases=False)
        if country not in known or (state and state not in known[country]):
            raise ValueError("must be a state or country with known public holidays, like DE-SN")
        return value

    @field_validator("public_url")
    @classmethod
    def _a_bare_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError("must look like https://depot.example, without a path")
        return f"{parts.scheme}://{parts.netloc}"

    @model_validator(mode="after")
    def _hands_stay_on_loopback(self) -> Self:
        if self.test_control and urlsplit(self.public_url).hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("DEPOT_TEST_CONTROL is for an instance whose public_url is on loopback")
        return self

    @cached_property
    def resolved_database_url(self) -> str:
        """The database's URL with its driver named, SQLite in `data_dir` when none is given."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'depot.db'}"
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @property
    def is_https(self) -> bool:
        """Whether people reach this instance over TLS; cookies and HSTS depend on it."""
        return self.public_url.startswith("https://")
