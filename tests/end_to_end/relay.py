"""What stands between two regions and misbehaves: a relay of bytes that can be dead, silent, slow, cut short or lying."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum


class Weather(StrEnum):
    """How the relay treats who calls."""

    FAIR = "fair"
    DEAD = "dead"
    """Nobody takes the call for long: the connection breaks off at once."""
    SILENT = "silent"
    """The call is taken, and nothing is ever said."""
    SLOW = "slow"
    """The answer drips."""
    CUT = "cut"
    """The answer breaks off in the middle."""
    LYING = "lying"
    """Some bytes of the answer are others than were sent."""


class Relay:
    """Passes on every connection to the port behind it, as the weather is when the connection begins."""

    def __init__(self, behind: int, seed: int) -> None:
        self.behind, self.weather = behind, Weather.FAIR
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open = True
        threading.Thread(target=self._take_calls, daemon=True).start()

    def close(self) -> None:
        """Take no more calls."""
        self._open = False
        self._listener.close()

    def _take_calls(self) -> None:
        while self._open:
            with suppress(OSError):
                caller, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(caller, self.weather), daemon=True).start()

    def _pass_on(self, caller: socket.socket, weather: Weather) -> None:
        with caller, suppress(OSError):
            if weather is Weather.DEAD:
                return
            if weather is Weather.SILENT:
                while self._open and self.weather is Weather.SILENT:
                    time.sleep(0.1)
                return
            with socket.create_connection(("127.0.0.1", self.behind), timeout=30) as behind:
                threading.Thread(target=self._copy, args=(caller, behind), daemon=True).start()
                self._copy(behind, caller, weather)

    def _copy(self, source: socket.socket, sink: socket.socket, weather: Weather = Weather.FAIR) -> None:
        with suppress(OSError):
            while received := source.recv(65_536):
                for part in self._treated(received, weather):
                    sink.sendall(part)
                if weather is Weather.CUT:
                    break
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _treated(self, received: bytes, weather: Weather) -> Iterator[bytes]:
        if weather is Weather.SLOW:
            for at in range(0, len(received), 200):
                yield received[at : at + 200]
                time.sleep(0.05)
        elif weather is Weather.CUT:
            yield received[: self._random.randrange(len(received))]
        elif weather is Weather.LYING:
            told = bytearray(received)
            for _ in range(3):
                told[self._random.randrange(len(told))] = self._random.randrange(256)
            yield bytes(told)
        else:
            yield received


@contextmanager
def relaying(behind: int, seed: int) -> Iterator[Relay]:
    """A relay before this port, until the block ends."""
    relay = Relay(behind, seed)
    try:
        yield relay
    finally:
        relay.close()
