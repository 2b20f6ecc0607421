from __future__ import annotations

import pytest

from hongyan_core.store.models import Account, ImportJob, StoredFile
from tests.hongyan_web.site import Visitor

FILE = "f" * 22


@pytest.fixture
def archive(friends: tuple[Visitor, Visitor]) -> str:
    """An uploaded file of ann's."""
    columns = {"name": "result.json", "media_type": "text/plain", "size": 5, "created_at_ms": 1}
    StoredFile.create(id=FILE, account=Account.get(Account.name == "ann"), hash="0" * 64, **columns)
    return FILE


def test_an_import_is_begun_shown_and_ended(friends: tuple[Visitor, Visitor], archive: str) -> None:
    ann, bob = friends
    begun = ann.post("/conversations/user/bob/imports", {"file": archive, "source": "telegram"})
    number = begun.body["id"]
    assert begun == (201, {"id": number})
    ImportJob.update(state="running", total=9, done=4, skipped=1).where(ImportJob.id == number).execute()
    counts = {"total": 9, "done": 4, "skipped": 1}
    shown = {"id": number, "key": "user/bob", "source": "telegram", "state": "running", "problem": "", **counts}
    assert ann.get("/imports") == (200, {"imports": [shown]})
    assert bob.get("/imports") == (200, {"imports": []})
    assert bob.delete(f"/imports/{number}").refusal == (404, "unknown_import", None)
    assert ann.delete(f"/imports/{number}").status == 204
    assert ann.get("/imports") == (200, {"imports": []})


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("user/bob", {"file": FILE}, (400, "missing_field", "source")),
        ("user/bob", {"file": FILE, "source": "icq"}, (400, "malformed_field", "source")),
        ("user/bob", {"file": "f" * 23, "source": "slack"}, (400, "malformed_field", "file")),
        ("user/bob", {"file": "g" * 22, "source": "slack"}, (404, "unknown_file", "file")),
        ("user/bob", {"file": "\0" * 22, "source": "slack"}, (400, "malformed_field", "file")),
        ("user/nobody", {"file": FILE, "source": "slack"}, (404, "unknown_conversation", None)),
        ("group/a%00b", {"file": FILE, "source": "slack"}, (404, "unknown_conversation", None)),
    ],
    ids=["no source", "another source", "a long id", "no such file", "an id of NULs", "a stranger", "no name"],
)
@pytest.mark.usefixtures("archive")
def test_what_is_no_import_is_refused(
    friends: tuple[Visitor, Visitor], path: str, body: dict[str, str], refusal: tuple[int, str, str | None]
) -> None:
    assert friends[0].post(f"/conversations/{path}/imports", body).refusal == refusal
