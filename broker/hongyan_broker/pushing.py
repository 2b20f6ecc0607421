"""Notifications, for the time in which an exchange runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hongyan_core.chores import Chore
from hongyan_core.push.follow import Follower
from hongyan_core.push.post import Deliver, Post
from hongyan_core.push.vapid import Vapid
from hongyan_core.settings import Settings


@contextmanager
def push_chores(settings: Settings, deliver: Deliver) -> Iterator[tuple[Chore, ...]]:
    """The chore that tells browsers, where the operator wants that; leaving ends its threads.

    Args:
        settings: The server's key and address.
        deliver: Hands a push message over to its service.
    """
    if not settings.push:
        yield ()
        return
    post = Post(Vapid(settings.secret_key, settings.origin), deliver)
    try:
        yield (Follower(settings.secret_key, post.post).chore(),)
    finally:
        post.close()
