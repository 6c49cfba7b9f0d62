"""Problem: a refusal the caller can act on (RFC 9457), and Reason: one of several grounds for it.

Anything that is not a Problem is a bug and answers 500 without a text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.kernel.text import Message, message


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is not possible: a stable code for machines, a sentence for people, facts for both."""

    code: str
    detail: Message
    facts: Mapping[str, Any] = field(default_factory=dict)


class Problem(Exception):
    """A refusal. Subclasses fix `slug`, `title` and `status`; an instance tells this case.

    `members` become extension members of the answer, `headers` its headers. `type` on the wire is
    `/problems/<slug>`, and `openapi/problems/<slug>.md` says what it means and what to do. `afterwards` looks up
    further members, given a `Reading`, once the refused transaction is over: who is refused keeps
    nobody waiting.
    """

    slug: ClassVar[str]
    title: ClassVar[Message]
    status: ClassVar[int]
    leaves_traces: ClassVar[bool] = False
    """Whether what was changed until then is kept. Only for refusals that are counted, raised before anything else."""

    def __init__(
        self,
        detail: Message | None = None,
        *,
        reasons: Sequence[Reason] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        self.detail = detail or self.title
        self.reasons = tuple(reasons)
        self.headers = dict(headers or {})
        self.members = members
        self.afterwards: Callable[[Any], Mapping[str, Any]] | None = None
        super().__init__(str(self.detail))

    @property
    def code(self) -> str:
        """The slug in the style of JSON fields."""
        return self.slug.replace("-", "_")


class NotFound(Problem):
    """404: there is nothing here that you may see. Existence does not leak."""

    slug = "not-found"
    title = message("There is nothing here that you can see.")
    status = 404


class NotAllowed(Problem):
    """403: you may see it, but it is not yours to do."""

    slug = "not-allowed"
    title = message("This is not yours to do.")
    status = 403


class SignInNeeded(Problem):
    """401: nobody is signed in, or the token is unknown, expired or revoked."""

    slug = "sign-in-needed"
    title = message("Please sign in first.")
    status = 401

    def __init__(self, detail: Message | None = None, **members: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **members)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with the input; `pointer` is a JSON pointer (RFC 6901) or a parameter's name."""

    pointer: str
    detail: Message


class Invalid(Problem):
    """422: the input is well-formed but cannot be meant like this; `errors[{pointer, detail}]` says where."""

    slug = "invalid"
    title = message("Something in the input is not right.")
    status = 422

    def __init__(self, *errors: FieldError, detail: Message | None = None) -> None:
        self.errors = errors
        super().__init__(detail or (errors[0].detail if len(errors) == 1 else None))


class Malformed(Problem):
    """400: the input could not be read at all."""

    slug = "malformed"
    title = message("The input could not be read.")
    status = 400


class VersionNeeded(Problem):
    """428: a shared thing is only changed by those who say which version they saw (RFC 6585)."""

    slug = "version-needed"
    title = message("Say which version you are changing: send the ETag you read as If-Match.")
    status = 428


class VersionStale(Problem):
    """412: somebody changed it since you read it (RFC 9110 §13.1.1)."""

    slug = "version-stale"
    title = message("Somebody else has changed this in the meantime. Read it again and repeat your change.")
    status = 412


class NotNow(Problem):
    """409: in this state it cannot be done."""

    slug = "not-now"
    title = message("This is not possible now.")
    status = 409


class NotYet(Problem):
    """409: known and planned, not served by this version."""

    slug = "not-yet"
    title = message("This step is not available yet.")
    status = 409


class TryAgain(Problem):
    """503: a lock or the database could not be had in time; nothing was changed."""

    slug = "try-again"
    title = message("There is a crowd just now. Please try again in a moment.")
    status = 503

    def __init__(self, detail: Message | None = None, *, after_seconds: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(after_seconds)})


class Overtaken(TryAgain):
    """503: we waited for others in a circle, or for what has become another; who begins anew at once gets through."""


class TooMany(Problem):
    """429: too many attempts; `Retry-After` says when the next is heard (RFC 6585)."""

    slug = "too-many"
    title = message("Too many attempts. Please wait a moment.")
    status = 429

    def __init__(self, detail: Message | None = None, *, after_seconds: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(after_seconds)}, retry_after=after_seconds)
