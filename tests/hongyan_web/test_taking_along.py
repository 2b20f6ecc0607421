"""A conversation that comes as an archive of another messenger, and leaves as one of ours, pictures included."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from hongyan_core.actions.uploads import begin_upload, receive_bytes
from hongyan_core.files.store import DiskStore
from hongyan_core.files.vault import Vault
from hongyan_core.imports.job import Importer
from hongyan_core.imports.keeping import keep_in
from hongyan_core.store.models import Account
from tests.hongyan_web.site import START_MS, Visitor
from tests.support.archives import TELEGRAM, pack
from tests.support.exchanging import running_exchange
from tests.support.images import draw, write


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Where the app of the test has its files."""
    return Vault(DiskStore(tmp_path / "files"), tmp_path / "uploads", 10_000_000, 10_000_000)


def upload(vault: Vault, data: bytes) -> str:
    ann = Account.get(Account.name == "ann")
    begun = begin_upload(vault, ann, "telegram.zip", "application/zip", len(data), at_ms=START_MS)
    receive_bytes(vault, begun, 0, [data], at_ms=START_MS)
    return str(begun.id)


def test_an_archive_comes_in_and_goes_out_again(friends: tuple[Visitor, Visitor], vault: Vault) -> None:
    ann, bob = friends
    archive = pack({"Chat/result.json": TELEGRAM, "Chat/photos/photo_1.jpg": write(draw(), "JPEG")})
    body = {"file": upload(vault, archive), "source": "telegram"}
    assert ann.post("/conversations/user/bob/imports", body).status == 201
    importer = Importer(vault.store, keep_in(vault))
    with running_exchange() as exchange:
        while importer.run(START_MS) or exchange.drain_outbox():
            pass
    (job,) = ann.get("/imports").body["imports"]
    assert (job["state"], job["total"], job["done"], job["skipped"]) == ("done", 5, 4, 1)
    first, picture, *_ = bob.get("/conversations/user/ann/messages").body["messages"]
    assert (first["from"], first["body"]) == ("ann", "see this!")
    assert first["imported"] == {"from": "Ann 安", "at": 1_577_836_801_000}
    assert (picture["kind"], picture["body"], picture["files"][0]["name"]) == ("image", "look", "photo_1.jpg")
    media = bob.get("/conversations/user/ann/media?kind=image").body["messages"]
    assert [message["seq"] for message in media] == [2]

    answer = bob.send("GET", "/conversations/user/ann/export?format=html")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hongyan-user-ann.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        name = f"files/{picture['files'][0]['id']}-photo_1.jpg"
        assert sorted(packed.namelist()) == ["conversation.html", name]
        assert packed.read(name).startswith(b"\xff\xd8\xff")
        page = packed.read("conversation.html").decode()
    assert f'<img src="{name}"' in page
    assert "imported: Ann 安, 2020-01-01 00:00" in page
