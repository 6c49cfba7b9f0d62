"""The use cases of accounts, by phase of life. This is the door for other rooms."""

from app.accounts.rules import PartyKind, Purpose, RecognitionStep
from app.accounts.service.counting import residents
from app.accounts.service.erasures import KEEP_JOB as KEEP_ERASURE_JOB
from app.accounts.service.erasures import erasure_keeper, forget_again, remember_erased
from app.accounts.service.finding import anybody, find_party, find_person, organisations_from
from app.accounts.service.instance import edit_instance, instance
from app.accounts.service.keeping import FORGET_JOB, forget_old
from app.accounts.service.letters import Letter, change_letter, invitation_letter, letter
from app.accounts.service.organisations import (
    add_member,
    admit,
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
from app.accounts.service.secrets import digest as digest_of_token
from app.accounts.service.secrets import new_token
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
from app.accounts.service.standing import (
    acting_person,
    authenticate,
    contact,
    hold_still,
    party_summaries,
    present,
    recipients,
    staff,
    standing,
    standing_of_asker,
    standing_with,
)
from app.accounts.service.suspending import is_gone, lift_suspension, suspend, suspensions

__all__ = [
    "EXPIRY_JOB",
    "FORGET_JOB",
    "KEEP_ERASURE_JOB",
    "MAIL_JOB",
    "Letter",
    "PartyKind",
    "Purpose",
    "RecognitionStep",
    "acting_person",
    "add_member",
    "admit",
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
    "digest_of_token",
    "edit_instance",
    "edit_me",
    "edit_organisation",
    "enrol",
    "erase",
    "erasure_keeper",
    "expire_recognitions",
    "export",
    "find_party",
    "find_person",
    "first_admin_token",
    "forget_again",
    "forget_old",
    "found_organisation",
    "hash_password",
    "hold_still",
    "instance",
    "invitation_letter",
    "is_gone",
    "join",
    "letter",
    "lift_suspension",
    "link_sender",
    "me",
    "members",
    "new_token",
    "open_session",
    "organisation",
    "organisations",
    "organisations_from",
    "party_summaries",
    "present",
    "recipients",
    "recognition",
    "register",
    "remember_erased",
    "remove_member",
    "reset_password",
    "residents",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "staff",
    "standing",
    "standing_of_asker",
    "standing_with",
    "submit",
    "suspend",
    "suspensions",
]
