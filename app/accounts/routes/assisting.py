"""People without e-mail, over HTTP. Whoever acts for them says so with `person_id` when asking."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query

from app.accounts import service
from app.accounts.schemas.people import AssistedCreate, AssistedEdit, AssistedRead
from app.api.endpoints import Reading, Router, Work
from app.api.openapi import problems
from app.api.schemas import ListQuery, Page
from app.kernel import unit_of_work
from app.kernel.problems import NotAllowed, NotNow

router = Router(prefix="/api/v1/assisted-people", tags=["accounts"])
_ABOUT_THEM: Final = ("listings", "bookings", "reports")
"""Sections of an export that are not about who signs in."""


@router.post("", status_code=201, summary="Enter somebody without e-mail", responses=problems(NotAllowed))
def assist(wanted: AssistedCreate, work: Work) -> AssistedRead:
    """For staff. Owners and managers of the organisation then ask, answer and read letters in their name."""
    return service.assist(work, wanted)


@router.get("", summary="People without e-mail")
def page(query: Annotated[ListQuery, Query()], reading: Reading) -> Page[AssistedRead]:
    """Those for whom you act; for staff everybody. Newest first."""
    return Page[AssistedRead].model_validate(service.assisted_people(reading, query))


@router.patch("/{person_id}", summary="Change somebody's page")
def edit(person_id: UUID, change: AssistedEdit, work: Work) -> AssistedRead:
    """For whoever acts for them, and staff. Change what you send; the rest stays."""
    return service.edit_assisted(work, person_id, change)


@router.delete(
    "/{person_id}", status_code=204, summary="Forget somebody without e-mail", responses=problems(NotNow)
)
def forget(person_id: UUID, work: Work) -> None:
    """As if they had asked for it themself: refused while something is handed over or a case is open."""
    service.forget_assisted(work, person_id)


def export_router(sections: Mapping[str, Callable[[unit_of_work.Reading, UUID], object]]) -> Router:
    """What may be taken along: this room's own knowledge, and that of the rooms that know what somebody does."""
    exporting = Router(prefix="/api/v1/assisted-people", tags=["accounts"])

    @exporting.get("/{person_id}/export", summary="Take everything about somebody along")
    def export(person_id: UUID, reading: Reading) -> dict[str, object]:
        """For whoever acts for them: what this instance knows, as JSON; letters are among your own."""
        person = service.assisted_person(reading, person_id)
        others = {name: sections[name](reading, person_id) for name in _ABOUT_THEM if name in sections}
        return {"account": person, **others}

    return exporting
