"""DFP/1: what other instances may ask of this one (openapi/federation-v1.md)."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from fastapi import APIRouter, Response

from app.federation import signatures
from app.federation.problems import KeyUnknown, TooLarge, Unknown
from app.federation.protocol import v1
from app.federation.protocol.loan import Command, RequestCreate
from app.federation.routes.incoming import Incoming, Serve, endpoint, json_answer
from app.federation.service import feeds, hearing, identity, lending, pairing
from app.kernel.actor import NOBODY

router = APIRouter(include_in_schema=False, redirect_slashes=False)


def _serves(method: str, path: str, *, status: int = 200) -> Callable[[Serve], Serve]:
    def add(serve: Serve) -> Serve:
        router.add_api_route(path, endpoint(serve), methods=[method], status_code=status)
        return serve

    return add


@_serves("GET", v1.WELL_KNOWN)
def discover(incoming: Incoming) -> Response:
    """Who we are; for everybody, and trusted by nobody until it matches the keys."""
    with incoming.transactions.reading(NOBODY) as look:
        answer = json_answer(identity.discovery(look))
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@_serves("GET", f"{v1.PATH}/keys")
def keys(incoming: Incoming) -> Response:
    """Our key documents, oldest first."""
    with incoming.transactions.reading(NOBODY) as look:
        return json_answer(v1.KeyDocuments(docs=identity.documents(look.session)).to_json())


@_serves("POST", f"{v1.PATH}/pairings")
def pair(incoming: Incoming) -> Response:
    """Answer an invite of ours."""
    with incoming.transactions.writing(NOBODY) as work:
        signatures.read_claim(incoming.signed, now=work.now)  # what is not what was signed is not even parsed
        ask = incoming.message(v1.PairingAsk, max_bytes=v1.KEYS_BYTES)
        return json_answer(pairing.answer(work, incoming.signed, ask).to_json())


@_serves("GET", f"{v1.PATH}/pairings/self")
def pairing_status(incoming: Incoming) -> Response:
    """How we see the partnership."""
    with incoming.reading() as (look, partner):
        return json_answer(pairing.status(look, partner).to_json())


@_serves("DELETE", f"{v1.PATH}/pairings/self")
def end_pairing(incoming: Incoming) -> Response:
    """The partner leaves."""
    with incoming.writing() as (work, partner):
        pairing.leave(work, partner)
    return Response(status_code=204)


@_serves("GET", f"{v1.PATH}/listings/{{id}}")
def listing(incoming: Incoming) -> Response:
    """One listing as last published."""
    with incoming.reading() as (look, partner):
        return json_answer(feeds.entry(look, partner, incoming.path["id"]))


@_serves("POST", f"{v1.PATH}/notify", status=202)
def notify(incoming: Incoming) -> Response:
    """The partner has news; we look for ourselves."""
    try:
        with incoming.writing() as (work, partner):
            hearing.hear(work, partner, _notice(incoming))
    except KeyUnknown:
        hearing.hear_keys_of_unknown(incoming.transactions, incoming.signed, _notice(incoming))
    return Response(status_code=202)


def _notice(incoming: Incoming) -> v1.Notify:
    notice = incoming.message(v1.Notify, max_bytes=v1.KEYS_BYTES)
    if notice.kind != v1.KEYS and len(incoming.signed.body) > v1.NOTIFY_BYTES:
        raise TooLarge
    return notice


@_serves("PUT", f"{v1.PATH}/requests/{{rid}}")
def create_request(incoming: Incoming) -> Response:
    """A resident of the partner asks for a listing of ours."""
    with incoming.writing() as (work, partner):
        ask = incoming.message(RequestCreate)
        return json_answer(lending.create(work, partner, _rid(incoming), ask).to_json())


@_serves("POST", f"{v1.PATH}/requests/{{rid}}/commands")
def command(incoming: Incoming) -> Response:
    """A resident of the partner acts on their request."""
    with incoming.writing() as (work, partner):
        asked = incoming.message(Command)
        return json_answer(lending.command(work, partner, _rid(incoming), asked).to_json())


@_serves("GET", f"{v1.PATH}/requests/{{rid}}")
def read_request(incoming: Incoming) -> Response:
    """How a request stands."""
    with incoming.reading() as (look, partner):
        return json_answer(lending.whole_state(look, partner, _rid(incoming)).to_json())


@_serves("GET", f"{v1.PATH}/requests/{{rid}}/contracts")
def read_contracts(incoming: Incoming) -> Response:
    """Every version of the contract of a request."""
    with incoming.reading() as (look, partner):
        return json_answer(lending.papers(look, partner, _rid(incoming)).to_json())


def _rid(incoming: Incoming) -> UUID:
    with suppress(ValueError):
        return UUID(incoming.path["rid"])
    raise Unknown
