"""Coming in: registering, signing in and out, a forgotten password, the language of the pages."""

from typing import Final

from fastapi import Response

from app.accounts import service as accounts
from app.accounts.schemas.people import MeEdit, PasswordReset, Registration, SignIn
from app.api import cookies
from app.kernel.actor import NOBODY
from app.kernel.text import LANGUAGES
from app.web import session
from app.web.forms import Form, command
from app.web.visits import Pages, Visit, leads_to

pages = Pages()
_HOME: Final = "/"


@pages.shows("/sign-in")
def sign_in_page(visit: Visit) -> Response:
    """Sign in, by password or by the link of a mail."""
    query = visit.query
    return visit.page(
        "accounts/sign_in.html", back=_back(visit), token=query.get("token"), done=query.get("done")
    )


@pages.takes_slowly("/sign-in", again=sign_in_page)
def sign_in(visit: Visit) -> Response:
    """Open a session in this browser, and go on where one came from."""
    given = {name: visit.form[name] for name in ("email", "password", "token") if name in visit.form}
    opened = accounts.sign_in(visit.desk(NOBODY), command(SignIn, given))
    answer = leads_to(_back(visit))
    cookies.keep(answer, opened.access_token, until=opened.expires_at, secure=visit.settings.is_https)
    return answer


@pages.takes_slowly("/sign-in/link", again=sign_in_page)
def send_link(visit: Visit) -> Response:
    """Have a sign-in link sent."""
    email = visit.form.get("email", "")
    accounts.ask_for_link(visit.desk(NOBODY), email=email, purpose=accounts.Purpose.SIGN_IN)
    return leads_to("/mail-sent")


@pages.takes("/sign-out", again=sign_in_page)
def sign_out(visit: Visit) -> Response:
    """End the session of this browser."""
    visit.require_person()
    accounts.sign_out(visit.work)
    answer = leads_to(_HOME)
    session.close_in(answer)
    return answer


@pages.shows("/register")
def register_page(visit: Visit) -> Response:
    """Become a member."""
    return visit.page("accounts/register.html")


@pages.takes_slowly("/register", again=register_page)
def register(visit: Visit) -> Response:
    """Ask for an account; a mail says how to go on."""
    names = ("email", "password", "display_name")
    given = {name: visit.form.get(name, "") for name in names} | {"language": visit.language}
    accounts.register(visit.desk(NOBODY), command(Registration, given))
    return leads_to("/mail-sent")


@pages.shows("/mail-sent")
def mail_sent(visit: Visit) -> Response:
    """Look into your mail."""
    return visit.page("accounts/mail_sent.html")


@pages.shows("/confirm")
def confirm_page(visit: Visit) -> Response:
    """One tap confirms: a mail program that only looks at links must not."""
    return visit.page("accounts/confirm.html", token=visit.query.get("token", ""))


@pages.takes("/confirm", again=confirm_page)
def confirm(visit: Visit) -> Response:
    """The address is theirs."""
    accounts.confirm(visit.work, visit.form.get("token", ""))
    return leads_to("/me" if visit.me else "/sign-in", done="confirmed")


@pages.shows("/password-reset")
def reset_page(visit: Visit) -> Response:
    """A forgotten password."""
    token = visit.form.get("token") or visit.query.get("token")
    return visit.page("accounts/password_reset.html", token=token)


@pages.takes_slowly("/password-reset", again=reset_page)
def reset(visit: Visit) -> Response:
    """Have a link sent, or set a new password by it."""
    given = {name: visit.form[name] for name in ("email", "token", "password") if name in visit.form}
    done = accounts.reset_password(visit.desk(NOBODY), command(PasswordReset, given))
    return leads_to("/mail-sent") if done.status == "mail_sent" else leads_to("/sign-in", done="password")


@pages.takes("/language", again=sign_in_page)
def choose_language(visit: Visit) -> Response:
    """Read these pages in another language; a signed-in person gets mails in it, too."""
    language = visit.form.get("language", "")
    answer = leads_to(_back(visit))
    if language in LANGUAGES:
        session.keep_language(answer, language, secure=visit.settings.is_https)
        if visit.actor.is_somebody:
            accounts.edit_me(visit.work, command(MeEdit, {"language": language}))
    return answer


def _back(visit: Visit) -> str:
    """Where to go on: a path of ours and nothing else."""
    source: Form = visit.form if "next" in visit.form else visit.query
    path = source.get("next", _HOME)
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else _HOME
