"""Hongyan: a messenger on MQTT. This package is what a bot or a program imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hongyan.client import Client
from hongyan.envelope import GroupEvent, Mark, Message
from hongyan.errors import (
    ApiError,
    HongyanError,
    MalformedEnvelope,
    NotConnected,
    Rejected,
    StampTimeout,
    TransferFailed,
)
from hongyan.session import Command, Live, Notice, Scheduled

if TYPE_CHECKING:
    from hongyan.aio import AsyncClient

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "Command",
    "GroupEvent",
    "HongyanError",
    "Live",
    "MalformedEnvelope",
    "Mark",
    "Message",
    "NotConnected",
    "Notice",
    "Rejected",
    "Scheduled",
    "StampTimeout",
    "TransferFailed",
]


def __getattr__(name: str) -> object:
    # A program without asyncio does not pay for importing it.
    if name == "AsyncClient":
        from hongyan.aio import AsyncClient

        return AsyncClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
