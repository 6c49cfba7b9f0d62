"""Registering, signing in, one's own page. Organisations are in `organisation_routes`."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import Response
from fastapi.responses import JSONResponse

from app.accounts import service
from app.accounts.problems import CredentialsWrong, EmailUnconfirmed, LastOwner, TokenSpent
from app.accounts.schemas import (
    MAIL_SENT,
    AddressGiven,
    EmailChange,
    EmailConfirmation,
    InstanceRead,
    Joining,
    MailSent,
    MeEdit,
    MembershipRead,
    MeRead,
    OpenedSession,
    PasswordChange,
    PasswordReset,
    PasswordResetStep,
    Registration,
    SessionRead,
    SignIn,
    StaffRoleClaim,
)
from app.api.endpoints import (
    COOKIE,
    NOT_REPLAYABLE,
    OwnDesk,
    PublicDesk,
    PublicReading,
    Reading,
    Router,
    Work,
    cacheable,
)
