"""The use cases of accounts, by phase of life. This is the door for other rooms."""

from app.accounts.rules import PartyKind, Purpose
from app.accounts.service.finding import find_party, find_person
from app.accounts.service.passwords import hash_password
from app.accounts.service.registering import (
    appoint,
    claim_staff_role,
    confirm,
    enrol,
    first_admin_token,
    register,
)
from app.accounts.service.signing_in import (
    MAIL_JOB,
    ask_for_link,
    link_sender,
    open_session,
    reset_password,
    sign_in,
    sign_in_by_link,
    sign_out,
)
from app.accounts.service.standing import authenticate, contact, party_summaries, recipients, standing

__all__ = [
    "MAIL_JOB",
    "PartyKind",
    "Purpose",
    "appoint",
    "ask_for_link",
    "authenticate",
    "claim_staff_role",
    "confirm",
    "contact",
    "enrol",
    "find_party",
    "find_person",
    "first_admin_token",
    "hash_password",
    "link_sender",
    "open_session",
    "party_summaries",
    "recipients",
    "register",
    "reset_password",
    "sign_in",
    "sign_in_by_link",
    "sign_out",
    "standing",
]
