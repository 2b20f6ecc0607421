"""A site with a real mail server beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import peewee
import pytest

from hongyan_core.settings import EmailUse
from hongyan_core.store.models import proxy
from tests.hongyan_web.site import Site
from tests.support.mail import SENDER, MailServer, running_mail_server


@contextmanager
def running_post(make_site: Callable[..., Site], **changes: Any) -> Iterator[tuple[Site, MailServer]]:
    """A site with addresses and the server that takes its mails; the first account is ann's."""
    with running_mail_server() as server:
        settings = {"email": EmailUse.OPTIONAL, "mail_route": server.route, "mail_from": SENDER, **changes}
        site = make_site(**settings)
        site.member("ann")
        try:
            yield site, server
        finally:
            site.app.extensions["hongyan_mailer"].close()


def statements_of(deed: Callable[[], object]) -> list[str]:
    """What the database is asked meanwhile."""
    said: list[str] = []
    real = peewee.Database.execute_sql
    with pytest.MonkeyPatch.context() as patch:

        def execute(self: peewee.Database, sql: str, *args: object, **options: object) -> object:
            said.append(sql)
            return real(self, sql, *args, **options)

        patch.setattr(type(proxy.obj), "execute_sql", execute)
        deed()
    return [statement for statement in said if "PRAGMA" not in statement]
