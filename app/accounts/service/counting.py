"""How many there are: numbers without names."""

from app.accounts import counting
from app.accounts.schemas import Residents
from app.kernel.unit_of_work import Reading


def residents(reading: Reading) -> Residents:
    """How many people and organisations this instance has at this moment, in one query."""
    people, organisations, recognised = counting.residents(reading.session, reading.now)
    return Residents(people=people, organisations=organisations, recognised=recognised)
