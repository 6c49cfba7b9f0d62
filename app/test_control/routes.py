"""`/dfp-test/v1`: one POST for each thing that the hands can do."""

from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Body, Depends, Request

from app.kernel.problems import Invalid, NotAllowed, NotFound
from app.kernel.unit_of_work import Transactions
from app.test_control.hands import Hands

PATH: Final = "/dfp-test/v1"


def router(transactions: Transactions) -> APIRouter:
    """The routes, for an application whose settings ask for them."""
    hands = Hands(transactions)
    here = urlsplit(transactions.settings.public_url).netloc

    def from_this_machine(request: Request) -> None:
        """A web page in somebody's browser calls from this machine, too: by another name, or without JSON."""
        caller = request.client.host if request.client else ""
        sends_json = request.headers.get("content-type", "").startswith("application/json")
        local = _is_loopback(caller) and request.headers.get("host") == here
        if not local or (request.method == "POST" and not sends_json):
            raise NotAllowed

    routes = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(from_this_machine)])

    @routes.get("")
    def offered() -> dict[str, Any]:
        return {"can": sorted(hands.does)}

    @routes.post("/{what}")
    def do(what: str, said: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        if what not in hands.does:
            raise NotFound
        try:
            return hands.does[what](**said)
        except (TypeError, ValueError, KeyError):
            raise Invalid from None

    return routes


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
