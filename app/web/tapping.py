"""A form that is sent twice, by a second tap or a slow line, has one effect and leads to the same page."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from fastapi import Response
from fastapi.responses import RedirectResponse

from app.kernel import idempotency
from app.kernel.problems import Problem
from app.kernel.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from app.web.visits import Visit

ONCE_FIELD: Final = "once"


def once(work: UnitOfWork, visit: "Visit", do: Callable[[], Response]) -> Response:
    """Do it, unless this very form with these very fields was done before; then lead where it led.

    Every form that is shown carries a key of its own. Who goes back and changes a field asks for another thing.
    """
    if ONCE_FIELD not in visit.form or not work.actor.is_somebody:
        return do()
    typed = json.dumps([[name, visit.form.all(name)] for name in visit.form]).encode()
    scope = idempotency.digest(str(work.actor.id).encode(), b"page", visit.request.url.path.encode())
    key = idempotency.digest(typed)
    stored = idempotency.claim(
        work.session, scope=scope, key=key, fingerprint=key, actor_id=work.actor.id, now=work.now
    )
    if stored is not None:
        return RedirectResponse(json.loads(stored.headers or "{}").get("location", "/"), 303)
    try:
        answer = do()
    except Problem as refusal:
        if refusal.leaves_traces:
            idempotency.give_back(work.session, scope=scope, key=key)
        raise
    if "location" not in answer.headers:  # shown once, such as a secret address: kept nowhere
        idempotency.give_back(work.session, scope=scope, key=key)
        return answer
    kept = json.dumps({"location": answer.headers["location"]})
    idempotency.store(work.session, scope=scope, key=key, status=answer.status_code, headers=kept, body=b"")
    return answer
