"""`depot conformance`: judges any instance that speaks DFP/1, ours or another's, over HTTP."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlsplit

import typer

from app.cli.terminal import Refused, counting, remark, say
from app.conformance import wire
from app.conformance.bench import Bench, Broken, Control, Result, Rule, Verdict
from app.conformance.rules import RULES, chosen
from app.conformance.stranger import SECOND, Origin, Server, Stranger
from app.conformance.wire import Silent


def conformance(
    url: Annotated[str, typer.Argument(help="The instance to judge, such as https://depot.example.")],
    *,
    invite: Annotated[
        list[str] | None,
        typer.Option(help="An invite of the instance; a second one lets two partners be played."),
    ] = None,
    control: Annotated[
        str, typer.Option(help="Address of its test control, if it lends its hands for the test.")
    ] = "",
    listen: Annotated[
        str, typer.Option(help="Where to be called back: host:port; port 0 takes any.")
    ] = "127.0.0.1:0",
    public: Annotated[
        str, typer.Option(help="The address under which the instance reaches that, if it is another.")
    ] = "",
    items: Annotated[int, typer.Option(min=8, max=10_000, help="How many listings to have made.")] = 60,
    patience: Annotated[
        float, typer.Option(min=1, max=600, help="Seconds to wait for what comes late.")
    ] = 20,
    only: Annotated[list[str] | None, typer.Option(help="Judge only this rule, such as T-08.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per rule instead of a table.")
    ] = False,
) -> None:
    """Judge an instance by the rules of openapi/federation-v1.md, rule by rule, as a partner of it.

    Without an invite only what everybody sees is judged. With the test control of an instance that is made for the
    test (DEPOT_TEST_CONTROL=true here) nearly everything. The exit code is 1 if a rule is broken.
    """
    with bench_for(url, invite or [], control, listen=listen, public=public) as bench:
        bench.items, bench.patience = items, patience
        verdicts = []
        for rule in counting(_chosen(only or []), "Judging"):
            verdicts.append(rule.verdict(bench))
            _tell(verdicts[-1], as_json=as_json)
    counted = {result: sum(one.result is result for one in verdicts) for result in Result}
    remark(", ".join(f"{number} {result}" for result, number in counted.items()))
    if counted[Result.FAILED]:
        raise typer.Exit(1)


@contextmanager
def bench_for(url: str, invites: Sequence[str], control: str, *, listen: str, public: str) -> Iterator[Bench]:
    """A bench for this instance, with an origin of our own that it may read. Refused where nothing answers."""
    if not url.startswith(("https://", "http://")) or not urlsplit(url).hostname:
        raise Refused(f"{url} is not the address of an instance.")
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise Refused(f"{listen} is not host:port.")
    origin = Origin()
    server = Server(origin, host, int(port))
    address = (public or f"http://{host}:{server.port}").rstrip("/")
    origin.stranger = Stranger("conformance", f"{address}/dfp/v1")
    origin.second = Stranger("conformance, second", f"{address}{SECOND}dfp/v1")
    try:
        yield Bench(
            url=url.rstrip("/"),
            partner=origin.stranger,
            second=origin.second,
            origin=origin,
            invites=[wire.read_invite(text) for text in invites],
            control=Control(control) if control else None,
        )
    except (Silent, Broken) as failure:
        raise Refused(f"The instance cannot be judged: {failure}.") from failure
    except ValueError as failure:
        raise Refused(f"This is not an invite: {failure}.") from failure
    finally:
        server.close()


def _chosen(only: Sequence[str]) -> Sequence[Rule]:
    unknown = [name for name in only if name not in {rule.name for rule in RULES}]
    if unknown:
        raise Refused(f"There is no rule {unknown[0]}.")
    return chosen(only)


def _tell(verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(asdict(verdict), ensure_ascii=False))
        return
    reason = f"\n{'':14}{verdict.reason}" if verdict.reason else ""
    say(f"{verdict.result.upper():10}  {verdict.rule}: {verdict.words}{reason}")
