"""Telling people, by mail and in their inbox. This is the door for other rooms."""

from app.notifications.service.digesting import (
    DIGEST_JOB,
    DIGEST_MAIL_JOB,
    begin_digests,
    digest_sender,
)
from app.notifications.service.inbox import ends, export, mark_all_read, mark_read, news, page, unread
from app.notifications.service.keeping import FORGET_JOB, forget, forget_old
from app.notifications.service.mailing import mail_sender
from app.notifications.service.switching import SECRET, silence, switch, switches, topic_to_silence
from app.notifications.service.telling import MAIL_JOB, tell, tell_party

__all__ = [
    "DIGEST_JOB",
    "DIGEST_MAIL_JOB",
    "FORGET_JOB",
    "MAIL_JOB",
    "SECRET",
    "begin_digests",
    "digest_sender",
    "ends",
    "export",
    "forget",
    "forget_old",
    "mail_sender",
    "mark_all_read",
    "mark_read",
    "news",
    "page",
    "silence",
    "switch",
    "switches",
    "tell",
    "tell_party",
    "topic_to_silence",
    "unread",
]
