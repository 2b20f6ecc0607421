"""What the broker says about a device by itself: it came, it went."""

from __future__ import annotations

import hashlib
from typing import Final

from hongyan.topics import is_device, status_topic

ONLINE: Final = b'{"state":"online"}'
OFFLINE: Final = b'{"state":"offline"}'


def presence_topic(account: str, client_id: str) -> str:
    """The status topic of a device; a client identifier that is no plain topic level stands there as a hash."""
    if not is_device(client_id):
        client_id = hashlib.blake2b(client_id.encode(), digest_size=16).hexdigest()
    return status_topic(account, client_id)
