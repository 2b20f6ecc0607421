from __future__ import annotations

import io

import pytest

from hongyan._importing import ImportFailed, import_archive
from hongyan.api import Import


class Server:
    """Answers one state of the import after the other."""

    def __init__(self, *states):
        self.states = list(states)
        self.asked = []

    def upload(self, path, *, progress=None):
        progress(50, 100)
        return f"id of {path.name}"

    def begin_import(self, conversation, file_id, source):
        self.asked.append((conversation, file_id, source))
        return 7

    def imports(self):
        state = self.states.pop(0)
        return [] if state is None else [Import(7, "group/lab", "slack", *state)]


def run(server, tmp_path, waits=None):
    out = io.StringIO()
    wait = [].append if waits is None else waits.append
    return import_archive(server, tmp_path / "a.zip", "group/lab", "slack", out, wait=wait), out.getvalue()


def test_it_shows_how_far_it_is_until_all_is_there(tmp_path):
    server = Server(("waiting", 0, 0, 0), ("running", 10, 4, 1), ("done", 10, 8, 2))
    waits = []
    found, shown = run(server, tmp_path, waits)
    assert server.asked == [("group/lab", "id of a.zip", "slack")]
    assert (found.done, found.skipped, waits) == (8, 2, [1.0, 1.0])
    assert shown.split("\r")[1:] == [
        f"upload [{'#' * 15}{'.' * 15}] 50 of 100",
        f"import [{'.' * 30}] 0 of 0",
        f"import [{'#' * 15}{'.' * 15}] 5 of 10",
        f"import [{'#' * 30}] 10 of 10\n",
    ]


@pytest.mark.parametrize(
    ("state", "words"),
    [(("failed", 0, 0, 0, "bad_archive"), "bad_archive"), (None, "ended elsewhere")],
    ids=["failed", "ended"],
)
def test_it_says_why_it_did_not_come_to_its_end(tmp_path, state, words):
    with pytest.raises(ImportFailed, match=words):
        run(Server(state), tmp_path)
