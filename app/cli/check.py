"""`depot check`: whether an instance is fit to be trusted with promises."""

import smtplib
import tempfile
from collections.abc import Callable
from typing import Final, TypeAlias

from app import wiring
from app.bookings import service as bookings
from app.cli import schema
from app.cli.terminal import Refused, say, sentence
from app.jobs import queue
from app.kernel import audit, secrets
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.listings import service as listings
from app.settings import Settings
from app.wiring import Instance

Check: TypeAlias = Callable[[Instance], str]
"""Says what is well, or raises Refused with what to do."""


def check() -> None:
    """Look whether this instance is fit: address, files, database, calendars, jobs, mail.

    Every line begins with "ok" or "not ok"; the exit code is 1 when anything is not.
    """
    instance = wiring.open_instance(Settings())
    try:
        results = [_tried(one, instance) for one in CHECKS]
    finally:
        instance.database.close()
    for well, text in results:
        say(f"{'ok' if well else 'not ok'}  {text}")
    if wrong := sum(not well for well, _ in results):
        raise Refused(f"{wrong} of {len(results)} checks failed.")


def _tried(one: Check, instance: Instance) -> tuple[bool, str]:
    try:
        return True, one(instance)
    except Exception as error:  # noqa: BLE001 - a check that cannot be made has failed, and the others go on
        return False, sentence(error)


def _address(instance: Instance) -> str:
    settings = instance.settings
    if not settings.is_https and not settings.public_url.startswith(("http://127.0.0.1", "http://localhost")):
        raise Refused(
            f"DEPOT_PUBLIC_URL is {settings.public_url}: sign-ins would travel unprotected, use https."
        )
    return f"Residents and partners reach it at {settings.public_url}."


def _folder(instance: Instance) -> str:
    folder = instance.settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return f"Files can be written in {folder}."


def _files(instance: Instance) -> str:
    key = f"checks/{new_id()}"
    instance.files.put(key, key.encode())
    found = instance.files.get(key)
    instance.files.delete(key)
    if found != key.encode():
        raise Refused(f"What is written to {instance.files.place} cannot be read back.")
    return f"Photos can be kept in {instance.files.place}."


def _fitness(instance: Instance) -> str:
    instance.database.assert_fit()
    return "The database keeps promises: isolation and durability are as they must be."


def _schema(instance: Instance) -> str:
    if not schema.is_current(instance.database):
        raise Refused("The database's schema is not this version's; `depot serve` brings it up to date.")
    return "The database's schema is current."


def _secrets(instance: Instance) -> str:
    with instance.transactions.reading(SYSTEM) as reading:
        for name in wiring.SECRETS:
            secrets.get(reading.session, name)
    return "The instance has its secrets."


def _mail(instance: Instance) -> str:
    settings = instance.settings
    if not settings.mail_host:
        return "Mails are written to the log, because DEPOT_MAIL_HOST is empty."
    secure = smtplib.SMTP_SSL if settings.mail_security == "tls" else smtplib.SMTP
    with secure(settings.mail_host, settings.mail_port, timeout=10) as server:
        if settings.mail_security == "starttls":
            server.starttls()
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
        server.noop()
    return f"The mail server {settings.mail_host} answers."


def _calendars(instance: Instance) -> str:
    with instance.transactions.reading(SYSTEM) as reading:
        amiss = listings.calendars_amiss(reading)
    if amiss:
        raise Refused(f"The calendars of {len(amiss)} listings contradict their bookings, first {amiss[0]}.")
    return "Every listing's calendar says what its bookings say."


def _search(instance: Instance) -> str:
    with instance.transactions.reading(SYSTEM) as reading:
        amiss = listings.search_amiss(reading)
    if amiss:
        raise Refused(f"Search is wrong about {amiss} listings; `depot search rebuild` mends it.")
    return "Search finds every published listing."


def _records(instance: Instance) -> str:
    with instance.transactions.reading(SYSTEM) as reading:
        broken = bookings.broken_seals(reading)
        altered = bookings.broken_contracts(reading)
    if broken:
        raise Refused(f"{len(broken)} sealed records have been changed since, first {broken[0]}.")
    if altered:
        raise Refused(f"{len(altered)} contracts are not what their digest says, first {altered[0]}.")
    return "Every sealed record and every contract is as it was when it was made."


def _accounts(instance: Instance) -> str:
    with instance.transactions.reading(SYSTEM) as reading:
        amiss = audit.broken(reading.session)
    if amiss:
        raise Refused(
            f"{len(amiss)} entries of what the staff did have been changed since, first {amiss[0]}."
        )
    return "What the staff did is written down as it was done."


def _jobs(instance: Instance) -> str:
    with instance.transactions.reading(SYSTEM) as reading:
        failed = queue.given_up(reading.session)
    if failed:
        name, error = failed[-1]
        raise Refused(f"{len(failed)} jobs were given up; the latest, {name}, with: {error}")
    return "No job was given up."


CHECKS: Final[tuple[Check, ...]] = (
    _address,
    _folder,
    _files,
    _fitness,
    _schema,
    _secrets,
    _calendars,
    _search,
    _records,
    _accounts,
    _jobs,
    _mail,
)
