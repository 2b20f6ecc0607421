"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

# Below the ports that systems hand out by themselves (Linux 32768, others 49152): nothing that merely connects takes
# one in the moment before its server does. Above 10080, the last one that browsers refuse.
_PORTS = range(11_000, 32_000)
_chance = random.SystemRandom()  # tests that run side by side, and begin with the same seed, draw different ones


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Several different free ports."""
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            probe = held.enter_context(socket.socket())
            port = _chance.choice(_PORTS)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # taken
            ports.append(port)
    return ports
