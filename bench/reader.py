"""`name_of(0)` asks the API over a data folder, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from bench.crowd import DATABASE
from bench.world import token_of
from hongyan.limits import Limits
from hongyan_core.secrets import load_secret_key
from hongyan_core.settings import Settings
from hongyan_core.store.database import open_database
from hongyan_web.app import create_app


class Reader:
    """The web app, and the token of one account."""

    def __init__(self, folder: Path) -> None:
        self._database = open_database(f"sqlite:///{folder / DATABASE}")
        key, _ = load_secret_key(folder)
        app = create_app(Settings(folder, key, limits=Limits().lifted()))
        self._client: FlaskClient = app.test_client(use_cookies=False)
        self._headers = {"Authorization": f"Bearer {token_of(0)}"}

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """The body of an answer that must be 200."""
        answer = self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} {query}: {answer.status_code} {answer.text}")
        body: dict[str, Any] = answer.json or {}
        return body

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
