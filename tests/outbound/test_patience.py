"""Who fails is left alone, and who is slow holds up nobody."""

import threading
from datetime import timedelta

import pytest

from app.kernel.clock import TurnableClock
from app.outbound.http import Answer, Unreachable
from app.outbound.patience import LONGEST, LeftAlone, PatientHttp, pause
from tests.conftest import MONDAY

LEIPZIG, HALLE = "https://leipzig.example/a", "https://halle.example/a"


class Elsewhere:
    """Answers what the test says; counts."""

    def __init__(self) -> None:
        self.clock = TurnableClock(MONDAY)
        self.asked: list[str] = []
        self.answer: Answer | None = Answer(200, {}, b"")
        self.http = PatientHttp(self, self.clock.now)

    def request(self, _method: str, url: str, **_: object) -> Answer:
        self.asked.append(url)
        if self.answer is None and url == LEIPZIG:
            raise Unreachable("silence")
        return self.answer or Answer(200, {}, b"")

    def fail(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(Unreachable):
                self.http.request("GET", LEIPZIG)


def test_after_three_failures_it_is_left_alone_and_others_are_not() -> None:
    there = Elsewhere()
    there.answer = None

    there.fail(10)

    assert len(there.asked) == 3
    assert there.http.request("GET", HALLE).status == 200
    there.clock.turn(timedelta(minutes=1))
    there.answer = Answer(200, {}, b"")
    there.http.request("GET", LEIPZIG)
    there.answer = None
    there.fail(2)
    assert len(there.asked) == 7  # an answer wipes the slate clean


def test_retry_after_wins() -> None:
    there = Elsewhere()
    there.answer = Answer(503, {"retry-after": "7200"}, b"")
    there.http.request("GET", LEIPZIG)

    there.clock.turn(timedelta(minutes=119))
    with pytest.raises(LeftAlone, match="status 503"):
        there.http.request("GET", LEIPZIG)

    there.clock.turn(timedelta(minutes=2))
    assert there.http.request("GET", LEIPZIG).status == 503


def test_who_speaks_to_us_is_tried_once_for_it_unless_it_asked_for_the_pause() -> None:
    there, heard = Elsewhere(), {}
    there.http = PatientHttp(there, there.clock.now, heard.get)
    there.answer = None
    there.fail(30)

    there.clock.turn(timedelta(seconds=2))
    heard["leipzig.example"] = there.clock.now()
    there.clock.turn(timedelta(seconds=2))
    there.fail(2)
    assert len(there.asked) == 4

    heard["leipzig.example"] = there.clock.now()
    there.answer = Answer(503, {"retry-after": "7200"}, b"")
    assert there.http.request("GET", LEIPZIG).status == 503
    there.clock.turn(timedelta(seconds=2))
    heard["leipzig.example"] = there.clock.now()
    with pytest.raises(LeftAlone):
        there.http.request("GET", LEIPZIG)


def test_the_pause_doubles_to_six_hours_and_is_spread_over_all_of_it() -> None:
    assert [pause(failures, jitter=1.0) for failures in (3, 4, 5)] == [
        timedelta(minutes=minutes) for minutes in (1, 2, 4)
    ]
    assert pause(30, jitter=1.0) == LONGEST == timedelta(hours=6)
    assert pause(30, jitter=0.5) == timedelta(hours=3)


def test_who_is_slow_with_one_answer_keeps_one_of_us_and_no_more() -> None:
    slow, may_end = threading.Event(), threading.Event()

    class Slow:
        def request(self, *_: object, **__: object) -> Answer:
            slow.set()
            may_end.wait(20)
            return Answer(200, {}, b"")

    http = PatientHttp(Slow(), TurnableClock(MONDAY).now)
    first = threading.Thread(target=http.request, args=["GET", LEIPZIG])
    first.start()
    assert slow.wait(10)

    with pytest.raises(LeftAlone, match="busy"):
        http.request("GET", LEIPZIG)

    may_end.set()
    first.join()
    assert http.request("GET", LEIPZIG).status == 200
