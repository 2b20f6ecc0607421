"""People, bots and devices of the end-to-end tests, made through the JSON API as anybody would."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from dataclasses import dataclass
from typing import IO

from hongyan.api import Api

PASSWORD = "a long enough password"


@dataclass(frozen=True, slots=True)
class Participant:
    """An account with a device token."""

    name: str
    token: str
    mqtt_password: str
    api: Api


def register(url: str, name: str, display_name: str | None = None) -> Participant:
    """Make an account and a device token for it."""
    body = {"username": name, "password": PASSWORD, "display_name": display_name or name}
    request = urllib.request.Request(
        f"{url}/api/v1/accounts", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 201
    return participant(url, name)


def participant(url: str, name: str) -> Participant:
    """A new device token for an account that is there already."""
    token = Api(url).create_token(name, PASSWORD, "test")
    return Participant(name, token.token, token.mqtt_password, Api(url, token.token))


def befriend(one: Participant, other: Participant) -> None:
    """A request and its answer."""
    one.api.request_friend(other.name)
    (request,) = [r for r in other.api.incoming_requests() if r.sender == one.name]
    other.api.accept(request.id)


def _stock_tool(name: str, port: int, who: Participant) -> list[str]:
    address = [name, "-h", "127.0.0.1", "-p", str(port), "-i", f"{who.name}-{name}"]
    return [*address, "-u", who.name, "-P", who.mqtt_password]


def mosquitto_pub(port: int, who: Participant, topic: str, payload: str, *, qos: int = 1) -> None:
    """The stock tool, as a device would run it; it must succeed."""
    subprocess.run(
        [*_stock_tool("mosquitto_pub", port, who), "-q", str(qos), "-t", topic, "-m", payload],
        check=True,
        timeout=20,
        capture_output=True,
    )


class Listening:
    """`mosquitto_sub` as a device would run it; lines gather in a file."""

    def __init__(self, port: int, who: Participant, topic_filter: str, output: IO[bytes]) -> None:
        self._output = output
        self._process = subprocess.Popen(
            [*_stock_tool("mosquitto_sub", port, who), "-q", "1", "-t", topic_filter, "-v"],
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def lines(self) -> list[str]:
        """What has come so far: `topic payload`."""
        self._output.seek(0)
        return self._output.read().decode().splitlines()

    def end(self) -> None:
        """Stop listening."""
        self._process.terminate()
        self._process.wait(10)
