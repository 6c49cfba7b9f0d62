"""Where a place of some name is, as far as our listings tell."""

from app.kernel.places import Point
from app.kernel.unit_of_work import Reading
from app.listings import whereabouts


def place_called(reading: Reading, name: str) -> Point | None:
    """The middle of the part of town or the town whose name begins so; None where nobody offers anything there."""
    return whereabouts.middle_of(reading.session, name)
