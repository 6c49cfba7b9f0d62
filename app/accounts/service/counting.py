"""How many there are: numbers without names."""

from app.accounts import repository
from app.accounts.schemas import Residents
from app.kernel.unit_of_work import Reading


def residents(reading: Reading) -> Residents:
    """How many people and organisations this instance has at this moment, in one query."""
    people, organisations, recognised = repository.count_residents(reading.session, reading.now)
    return Residents(people=people, organisations=organisations, recognised=recognised)
