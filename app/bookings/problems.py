"""Refusals of bookings."""

from app.kernel.problems import NotNow
from app.kernel.text import message


class StepNotPossible(NotNow):
    """409: not in this state, or not at this moment; `allowed_actions` says what is possible now."""

    slug = "step-not-possible"
    title = message("This step is not possible now.")
