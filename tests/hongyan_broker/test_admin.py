"""`hongyan admin` as an operator uses it, beside a server and without one."""

from __future__ import annotations

import io
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import peewee
import pytest

from hongyan.errors import ApiError
from hongyan_broker import serve
from hongyan_broker.admin import DEEDS, WrongDeed, make_parser, run_admin
from hongyan_core.actions.tickets import redeem_ticket
from hongyan_core.clock import now_ms
from hongyan_core.store.administration import list_audit
from hongyan_core.store.models import Account, Friendship, Meta, proxy
from tests.support.cast import make_account, make_friends
from tests.support.mqtt import Client
from tests.support.people import register
from tests.support.process import Program, Server


@pytest.fixture
def data(database: peewee.Database, database_url: str) -> Iterator[list[str]]:
    """What names the database of the test on the command line."""
    ann = make_account("ann", "安", role="admin")
    make_account("bob", disabled_at_ms=5)
    make_account("thermo", kind="device", owner=ann)
    yield ["--database-url", database_url]
    proxy.obj.close()  # the command's, which the test has asked again


def account(name: str) -> Account:
    return Account.get(Account.name == name)


def test_accounts_are_listed_one_a_line(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run_admin(["list", *data], {})
    assert capsys.readouterr().out.splitlines() == [
        "ann\tperson\tadmin\t\t安",
        "bob\tperson\t\tdisabled\tBob",
        "thermo\tdevice of ann\t\t\tThermo",
    ]
    run_admin(["list", "bo", *data], {})
    assert capsys.readouterr().out == "bob\tperson\t\tdisabled\tBob\n"


def test_a_long_list_is_read_to_its_end(
    data: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hongyan_broker.admin.MAX_PAGE", 2)
    run_admin(["list", *data], {})
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_what_is_done_is_said_and_logged(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for words in ("enable bob", "grant bob", "grant bob moderator", "revoke bob", "disable bob", "delete bob"):
        run_admin([*words.split(), *data], {})
    assert capsys.readouterr().out.splitlines() == [
        "bob is enabled",
        "bob is admin",
        "bob is moderator",
        "bob is user",
        "bob is disabled",
        "bob is deleted",
    ]
    assert account("bob").deleted_at_ms is not None
    log = [(line.actor, line.action, line.target) for line in reversed(list_audit(before=None, limit=50))]
    assert log == [("", deed, "bob") for deed in ("enable", "role", "role", "role", "disable", "delete")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], "http://localhost:8000/#/reset/"),
        (["--public-url", "https://chat.example.org/"], "https://chat.example.org/#/reset/"),
    ],
)
def test_a_reset_link_is_printed(
    data: list[str], capsys: pytest.CaptureFixture[str], given: list[str], expected: str
) -> None:
    run_admin(["reset", "ann", *given, *data], {})
    address, slash, secret = capsys.readouterr().out.strip().rpartition("/")
    assert address + slash == expected
    assert redeem_ticket(secret, "reset", at_ms=now_ms()).account == account("ann")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("grant", "whom?", id="no name"),
        pytest.param("grant nobody", "We know nobody by this name", id="an unknown name"),
        pytest.param("grant thermo", "This account is a bot or a device", id="a device in office"),
        pytest.param("disable ann", "This is the last administrator", id="the last administrator"),
        pytest.param("delete ann", "This is the last administrator", id="deleting the last one"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(
    data: list[str], words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve.main(["admin", *words.split(), *data]) == 1
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("hongyan: ")
    assert said in written.err
    assert list_audit(before=None, limit=50) == []


def test_another_folder_is_not_made_into_a_server(tmp_path: Path) -> None:
    with pytest.raises(WrongDeed, match="there is no"):
        run_admin(["list", "--data", str(tmp_path / "typo")], {})
    assert not (tmp_path / "typo").exists()


def test_the_data_folder_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hongyan.sqlite3").touch(mode=0o600)
    run_admin(["list"], {"HONGYAN_DATA": str(tmp_path)})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", [[], ["fly"], ["grant", "ann", "king"], ["list", "--port", "1"]], ids=repr)
def test_a_wrong_command_line_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as wrong:
        run_admin(words, {})
    assert wrong.value.code == 2


def test_every_deed_explains_itself() -> None:
    text = make_parser({}).format_help()
    for deed in DEEDS:
        assert f"\n  {deed} " in text


@pytest.mark.parametrize("command", ["serve", "web"])
def test_a_deletion_that_was_interrupted_is_finished_by_the_next_start(
    command: str, sqlite_database: peewee.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_friends(make_account("ann", deleted_at_ms=5), make_account("bob"))
    Meta.insert(key="deleting:1", value=5).execute()
    monkeypatch.setattr(serve.uvloop, "run", lambda coroutine: coroutine.close())
    assert serve.main([command, "--data", str(tmp_path)]) == 0
    assert (Friendship.select().count(), Meta.select().where(Meta.key == "deleting:1").count()) == (0, 0)
    proxy.obj.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    server.start()
    yield server
    assert "Traceback" not in server.read_log()
    server.close()


@pytest.mark.parametrize("deed", ["disable", "delete"])
def test_beside_a_running_server_it_holds_at_once(server: Server, deed: str, tmp_path: Path) -> None:
    register(server.url, "ann")
    bob = register(server.url, "bob")
    client = Client(server.mqtt_port, "bob", bob.mqtt_password)
    assert client.connack == "Success"
    command = Program("admin", deed, "bob", "--data", str(tmp_path / "data"))
    command.start()
    assert command.process is not None
    assert command.process.wait(30) == 0, command.read_log()
    assert command.read_log() == f"bob is {deed}d\n"
    client.wait_for_end()
    client.cut()
    with pytest.raises(ApiError, match="token_invalid"):
        bob.api.friends()
    command.close()


def test_a_running_server_sends_an_archive_in_pieces(server: Server) -> None:
    ann = register(server.url, "ann")
    request = urllib.request.Request(f"{server.url}/api/v1/me/export", headers={"Authorization": f"Bearer {ann.token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        with zipfile.ZipFile(io.BytesIO(answer.read())) as archive:
            assert archive.testzip() is None
            assert "account.json" in archive.namelist()
    assert ann.api.friends() == []
