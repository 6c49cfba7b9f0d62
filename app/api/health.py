"""Probes: is the process alive, and can it serve?"""

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.api.endpoints import PublicReading, Router
from app.api.schemas import ReadModel
from app.kernel.problems import TryAgain

router = Router(tags=["health"])


class Health(ReadModel):
    """What a probe hears."""

    status: str = Field(description="`alive` or `ready`.")


@router.get("/health/live", summary="Is the process alive?")
async def live() -> Health:
    """Answers without looking at anything: a process that cannot answer this should be restarted."""
    return Health(status="alive")


@router.get("/health/ready", summary="Can it serve?")
def ready(reading: PublicReading) -> Health:
    """Asks the database one question; 503 while it does not answer."""
    try:
        reading.session.connection().execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise TryAgain from error
    return Health(status="ready")
