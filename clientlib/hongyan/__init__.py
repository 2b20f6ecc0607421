"""Hongyan: a messenger on MQTT. This package is what a bot or a program imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hongyan.client import Client
from hongyan.envelope import GroupEvent, Message
from hongyan.errors import ApiError, HongyanError, NotConnected, Rejected, StampTimeout
from hongyan.session import Live, Notice

if TYPE_CHECKING:
    from hongyan.aio import AsyncClient

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "GroupEvent",
    "HongyanError",
    "Live",
    "Message",
    "NotConnected",
    "Notice",
    "Rejected",
    "StampTimeout",
]


def __getattr__(name: str) -> object:
    # A program without asyncio does not pay for importing it.
    if name == "AsyncClient":
        from hongyan.aio import AsyncClient

        return AsyncClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
