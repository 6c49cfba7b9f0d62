"""This instance, as everybody sees it: its settings, and what its staff says about it."""

from collections.abc import Mapping
from typing import Final

from pydantic import MISSING

from app import __version__
from app.accounts import policy
from app.accounts.schemas.instance import (
    InstanceEdit,
    InstanceRead,
    PoliciesRead,
    RegionRead,
    TextsRead,
    WrittenRead,
)
from app.accounts.tables import InstanceSettings
from app.kernel import rich_text, versions
from app.kernel.database import hold
from app.kernel.problems import NotAllowed
from app.kernel.text import LANGUAGES
from app.kernel.unit_of_work import Reading, UnitOfWork

_HELD: Final = "instance"
_ROW: Final = 1
_SUBJECTS: Final = tuple(TextsRead.model_fields)


def instance(reading: Reading) -> InstanceRead:
    """Name, region, languages, who runs it, how it does things, and its texts."""
    settings = reading.settings
    row = reading.session.get(InstanceSettings, _ROW)
    return InstanceRead(
        name=settings.name,
        region=RegionRead(
            name=settings.region,
            lat=settings.region_lat,
            lon=settings.region_lon,
            radius_km=settings.region_radius_km,
        ),
        url=settings.public_url,
        languages=list(LANGUAGES),
        default_language=settings.language,
        operator=settings.operator,
        operator_contact=settings.operator_contact,
        privacy_url=settings.privacy_url,
        policies=PoliciesRead(
            review_listings=settings.review_listings,
            time_zone=settings.time_zone,
            who_may_borrow=settings.who_may_borrow,
            who_may_offer=settings.who_may_offer,
            max_active_bookings=settings.max_active_bookings or None,
        ),
        texts=_texts(row.texts if row else {}),
        versions={"api": "1", "depot": __version__, "federation": "1"},
        version=row.version if row else 0,
    )


def edit_instance(work: UnitOfWork, change: InstanceEdit, *, seen: int | None) -> InstanceRead:
    """Change the texts that were given; null takes one away. Raises NotAllowed, VersionStale."""
    if not policy.may_write_about_instance(work.actor):
        raise NotAllowed
    hold(work.session, _HELD)
    row = work.session.get(InstanceSettings, _ROW, populate_existing=True)
    if row is None:
        row = InstanceSettings(id=_ROW, texts={}, version=0)
        work.session.add(row)
    versions.require(seen, row.version)
    row.texts = _changed(row.texts, change)
    row.version += 1
    work.account_for("instance.edit", about="instance", about_id=None)
    return instance(work)


def _changed(texts: Mapping[str, Mapping[str, str]], change: InstanceEdit) -> dict[str, dict[str, str]]:
    edits = change.texts
    merged = {subject: dict(texts.get(subject, {})) for subject in _SUBJECTS}
    for subject in _SUBJECTS if edits is not MISSING else ():
        edit = getattr(edits, subject)
        if edit is not MISSING:
            merged[subject] |= edit.model_dump(exclude_unset=True)
    return {
        subject: {language: text for language, text in said.items() if text}
        for subject, said in merged.items()
    }


def _texts(texts: Mapping[str, Mapping[str, str]]) -> TextsRead:
    return TextsRead(
        **{
            subject: {
                language: WrittenRead(markdown=said[language], html=rich_text.html(said[language]))
                if language in said
                else None
                for language in LANGUAGES
            }
            for subject in _SUBJECTS
            for said in [texts.get(subject, {})]
        }
    )
