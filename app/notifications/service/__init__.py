"""Telling people, by mail and in their inbox. This is the door for other rooms."""

from app.notifications.service.keeping import FORGET_JOB, forget, forget_old
from app.notifications.service.mailing import mail_sender
from app.notifications.service.telling import MAIL_JOB, tell

__all__ = ["FORGET_JOB", "MAIL_JOB", "forget", "forget_old", "mail_sender", "tell"]
