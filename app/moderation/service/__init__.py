"""The use cases of moderation. This is the door for other rooms."""

from app.moderation.service.forgetting import FORGET_JOB, dissolve, forget, forget_old
from app.moderation.service.judging import case, cases, decide, lift, suspend, waiting
from app.moderation.service.looking import accounted_for, numbers
from app.moderation.service.reporting import (
    export,
    object_to,
    report,
    report_of_mine,
    reports_of_mine,
)
from app.moderation.service.showing import judged

__all__ = [
    "FORGET_JOB",
    "accounted_for",
    "case",
    "cases",
    "decide",
    "dissolve",
    "export",
    "forget",
    "forget_old",
    "judged",
    "lift",
    "numbers",
    "object_to",
    "report",
    "report_of_mine",
    "reports_of_mine",
    "suspend",
    "waiting",
]
