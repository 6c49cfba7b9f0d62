"""The six digits that stand for the borrower's yes, and what keeps them from being guessed.

Wrong digits are counted although they are refused: the refusal leaves its trace (`leaves_traces`), under the lock of
the booking, so that many tries at once are counted like one after the other.
"""

import hmac
from datetime import timedelta
from math import ceil
from typing import Final

from app.bookings.problems import CodeWrong
from app.bookings.schemas import Said
from app.bookings.tables import Booking
from app.kernel.problems import TooMany
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork

TRIES: Final = 5
SILENCE: Final = timedelta(minutes=30)


def try_code(work: UnitOfWork, booking: Booking, said: Said) -> bool:
    """Whether the borrower's digits were said, rightly. Comes before anything else is changed.

    Refused with CodeWrong, and after five of those, for half an hour, with TooMany whatever is said.
    """
    if said.code is None:
        return False
    if booking.codes_refused_until is not None and work.now < booking.codes_refused_until:
        left = (booking.codes_refused_until - work.now).total_seconds()
        detail = message("Too many wrong codes. The borrower can say “I have it” themselves meanwhile.")
        raise TooMany(detail, after_seconds=ceil(left))
    if hmac.compare_digest(said.code, booking.hand_over_code or ""):
        booking.wrong_codes, booking.codes_refused_until = 0, None
        return True
    booking.wrong_codes += 1
    left_over = TRIES - booking.wrong_codes
    if left_over == 0:
        booking.wrong_codes, booking.codes_refused_until = 0, work.now + SILENCE
    work.session.add(booking)
    raise CodeWrong(attempts_left=left_over)
