"""The use cases of accounts, by phase of life. This is the door for other rooms."""

from app.accounts.rules import PartyKind, Purpose, RecognitionStep
from app.accounts.service.finding import anybody, find_party, find_person, organisations_from
from app.accounts.service.keeping import FORGET_JOB, forget_old
from app.accounts.service.letters import Letter, change_letter, invitation_letter, letter
from app.accounts.service.organisations import (
    add_member,
    change_role,
    create_organisation,
    edit_organisation,
    found_organisation,
    join,
    members,
    organisation,
    organisations,
    remove_member,
)
from app.accounts.service.passwords import hash_password
from app.accounts.service.people import change_email, change_password, edit_me, erase, export, me
from app.accounts.service.recognition import EXPIRY_JOB, decide, expire_recognitions, recognition, submit
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
    sign_out,
    sign_out_everywhere,
)
from app.accounts.service.standing import authenticate, contact, party_summaries, recipients, standing

__all__ = [
    "EXPIRY_JOB",
    "FORGET_JOB",
    "MAIL_JOB",
    "Letter",
    "PartyKind",
    "Purpose",
    "RecognitionStep",
    "add_member",
    "anybody",
    "appoint",
    "ask_for_link",
    "authenticate",
    "change_email",
    "change_letter",
    "change_password",
    "change_role",
    "claim_staff_role",
    "confirm",
    "contact",
    "create_organisation",
    "decide",
    "edit_me",
    "edit_organisation",
    "enrol",
    "erase",
    "expire_recognitions",
    "export",
    "find_party",
    "find_person",
    "first_admin_token",
    "forget_old",
    "found_organisation",
    "hash_password",
    "invitation_letter",
    "join",
    "letter",
    "link_sender",
    "me",
    "members",
    "open_session",
    "organisation",
    "organisations",
    "organisations_from",
    "party_summaries",
    "recipients",
    "recognition",
    "register",
    "remove_member",
    "reset_password",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "standing",
    "submit",
]
