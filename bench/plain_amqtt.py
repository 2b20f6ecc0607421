"""amqtt's own broker, as it comes: `python -m bench.plain_amqtt TCP_PORT WEBSOCKET_PORT`."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import uvloop
from amqtt.broker import Broker


async def _serve(tcp: int, websocket: int) -> None:
    config: dict[str, Any] = {
        "listeners": {
            "default": {"type": "tcp", "bind": f"127.0.0.1:{tcp}"},
            "web": {"type": "ws", "bind": f"127.0.0.1:{websocket}"},
        },
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = Broker(config)
    await broker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
