from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from datetime import datetime

import pytest

from hongyan import cli
from hongyan.api import Api, Token
from hongyan.client import Client
from hongyan.errors import ApiError
from hongyan.testing import MemoryServer


@pytest.fixture
def server(monkeypatch):
    """The command's clients meet this server; the token is the account's name."""
    server = MemoryServer(now_ms=lambda: 1_790_000_000_000)
    server.befriend("ann", "bob")
    monkeypatch.setattr(cli, "Client", lambda url, token, **rest: Client(transport=server.transport(token), **rest))
    monkeypatch.delenv("HONGYAN_URL", raising=False)
    monkeypatch.delenv("HONGYAN_TOKEN", raising=False)
    return server


def test_send_says_where_the_message_was_stored(server, capsys):
    assert cli.main(["send", "--token", "ann", "--to", "user/bob", "hi"]) == 0
    assert capsys.readouterr().out == "user/bob #1\n"
    assert [message.body for message in server.history("bob", "user/ann")] == ["hi"]


def test_send_reads_the_standard_input(server, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("two\nlines\n"))
    monkeypatch.setenv("HONGYAN_TOKEN", "ann")
    assert cli.main(["send", "--to", "user/bob", "-"]) == 0
    assert [message.body for message in server.history("bob", "user/ann")] == ["two\nlines"]


SENT = [
    (["--file", "a.png", "--file", "b.jpg", "the lab"], "image", {}, "the lab"),
    (["--file", "a.png", "--file", "c.pdf"], "file", {}, ""),
    (["--kind", "location", "--fields", '{"lat": 39.9, "lon": 116.4}'], "location", {"lat": 39.9, "lon": 116.4}, ""),
    (["--reply", "1", "yes"], "text", {"reply": 1}, "yes"),
]


@pytest.mark.parametrize(("argv", "kind", "fields", "body"), SENT, ids=["pictures", "files", "a place", "an answer"])
def test_send_knows_other_kinds(server, monkeypatch, tmp_path, argv, kind, fields, body):
    for name in ("a.png", "b.jpg", "c.pdf"):
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["send", "--token", "ann", "--to", "user/bob", *argv]) == 0
    (message,) = server.history("bob", "user/ann")
    assert (message.kind, message.body, message.fields | fields) == (kind, body, message.fields)
    assert [file.name for file in message.files] == [name for name in argv if name[1:2] == "."]


def test_send_at_a_later_time(server, capsys):
    at = datetime(2026, 12, 24, 18, 0).astimezone()
    argv = ["send", "--token", "ann", "--to", "user/bob", "--at", "2026-12-24T18:00", "later"]
    assert cli.main(argv) == 0
    assert capsys.readouterr().out == "user/bob at 2026-12-24 18:00\n"
    assert [item["deliver_at"] for item in server.scheduled("ann")] == [int(at.timestamp() * 1_000)]


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        ([], 2, "a text, --file or --kind is needed"),
        (["--file", "nowhere.png"], 1, "nowhere.png"),
        (["--kind", "poll", "--fields", '{"options": ["yes"]}', "Tea?"], 1, "options"),
    ],
    ids=["nothing to send", "no such file", "a field that is wrong"],
)
def test_send_says_what_is_wrong(server, capsys, argv, code, words):
    assert cli.main(["send", "--token", "ann", "--to", "user/bob", *argv]) == code
    assert words in capsys.readouterr().err
    assert server.history("bob", "user/ann") == []


@pytest.mark.parametrize("option", [["--fields", "[1]"], ["--fields", "{"], ["--at", "soon"]], ids=repr)
def test_an_option_that_cannot_be_read_is_a_wrong_command_line(option, capsys):
    with pytest.raises(SystemExit) as wrong:
        cli.main(["send", "--token", "ann", "--to", "user/bob", *option, "hi"])
    assert wrong.value.code == 2


def test_listen_names_the_files_of_a_message(server, capsys, tmp_path):
    (tmp_path / "lab.png").write_bytes(b"x")
    with server.client("ann") as ann:
        ann.send_image("user/bob", tmp_path / "lab.png", body="the lab")
        ann.send_sticker("user/bob", "geese", "hello")
    assert cli.main(["listen", "--token", "bob", "--since", "start", "--count", "2"]) == 0
    picture, sticker = capsys.readouterr().out.splitlines()
    assert picture.endswith("ann: [image: lab.png] the lab")
    assert sticker.endswith('ann: {"pack": "geese", "name": "hello"}')


def test_a_refusal_is_one_sentence_and_exit_code_1(server, capsys):
    assert cli.main(["send", "--token", "ann", "--to", "user/eve", "hi"]) == 1
    assert capsys.readouterr().err == "hongyan: not_friends: refused: not_friends\n"


def test_a_missing_token_says_how_to_make_one(server, capsys):
    assert cli.main(["send", "--to", "user/bob", "hi"]) == 1
    assert "`hongyan token --user NAME` makes one" in capsys.readouterr().err


def test_a_malformed_conversation_is_a_wrong_command_line(server, capsys):
    assert cli.main(["send", "--token", "ann", "--to", "bob", "hi"]) == 2
    assert capsys.readouterr().err == "hongyan: --to is user/NAME or group/NAME\n"


@pytest.mark.parametrize("argv", [[], ["fly"], ["send"], ["listen", "--since", "never"]], ids=repr)
def test_a_wrong_command_line_is_exit_code_2(argv, capsys):
    with pytest.raises(SystemExit) as wrong:
        cli.main(argv)
    assert wrong.value.code == 2
    assert "usage: hongyan" in capsys.readouterr().err


def test_listen_prints_one_json_object_a_line(server, capsys):
    server.say("ann", "user/bob", "你好")
    assert cli.main(["listen", "--token", "bob", "--since", "start", "--count", "1", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    message = json.loads(line)
    assert "你好" in line
    assert message.pop("id")
    assert message == {
        "conversation": "user/ann",
        "kind": "text",
        "body": "你好",
        "data": None,
        "ext": {},
        "fields": {},
        "from": "ann",
        "to": "user/bob",
        "seq": 1,
        "at": 1_790_000_000_000,
    }


def test_listen_lets_no_message_take_over_the_terminal(server, capsys):
    server.say("ann", "user/bob", "\x1b[2Jhi\a")
    assert cli.main(["listen", "--token", "bob", "--since", "start", "--count", "1"]) == 0
    assert capsys.readouterr().out.endswith(" user/ann ann: \ufffd[2Jhi\ufffd\n")


def test_listen_goes_on_where_it_stopped(server, capsys, tmp_path):
    listen = ["listen", "--token", "bob", "--since", "start", "--count", "1", "--state", str(tmp_path / "state.json")]
    for body in ("one", "two"):
        server.say("ann", "user/bob", body)
        assert cli.main(listen) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("ann: one")
    assert second.endswith("ann: two")


@pytest.fixture
def sign_in(monkeypatch):
    def create_token(_self, username, password, label, code=None):
        if password != "secret words":
            raise ApiError(401, "bad_credentials", "the name or the password is wrong")
        if username == "ann" and code is None:
            raise ApiError(401, "second_factor_required", "a code, please", "code")
        if username == "ann" and code != "123456":
            raise ApiError(401, "wrong_code", "the code is wrong", "code")
        return Token(1, label, f"hy_{username}", f"hy_{username}", 0)

    monkeypatch.setattr(Api, "create_token", create_token)


def test_token_prints_the_token(sign_in, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret words\n"))
    assert cli.main(["token", "--user", "bob"]) == 0
    assert capsys.readouterr().out == "hy_bob\n"


def test_token_asks_for_a_code_where_a_second_factor_is_set(sign_in, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret words\n123456\n"))
    assert cli.main(["token", "--user", "ann"]) == 0
    assert capsys.readouterr().out == "hy_ann\n"


def test_token_with_a_wrong_code_is_exit_code_1(sign_in, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret words\n\n"))
    assert cli.main(["token", "--user", "ann"]) == 1
    assert capsys.readouterr().err == "hongyan: 401 wrong_code: the code is wrong\n"


def test_token_saves_the_token_for_its_owner_alone(sign_in, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret words\n"))
    assert cli.main(["token", "--user", "bob", "--save", str(tmp_path / "token")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "token").read_text() == "hy_bob\n"
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_token_with_a_wrong_password_is_exit_code_1(sign_in, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
    assert cli.main(["token", "--user", "bob"]) == 1
    assert capsys.readouterr().err == "hongyan: 401 bad_credentials: the name or the password is wrong\n"


@pytest.mark.parametrize("command", ["serve", "web", "router"])
def test_the_servers_commands_are_handed_to_the_server(command, monkeypatch):
    class Serve:
        seen = None

        @classmethod
        def main(cls, argv):
            cls.seen = list(argv)
            return 7

    monkeypatch.setattr(cli, "import_module", lambda name: {"hongyan_broker.serve": Serve}[name])
    assert cli.main([command, "--port", "8000"]) == 7
    assert Serve.seen == [command, "--port", "8000"]


def test_without_the_servers_extras_the_command_says_what_to_install(monkeypatch, capsys):
    def missing(_name):
        raise ModuleNotFoundError("No module named 'uvloop'", name="uvloop")

    monkeypatch.setattr(cli, "import_module", missing)
    assert cli.main(["serve"]) == 1
    assert "pip install 'hongyan[server]'" in capsys.readouterr().err


def test_importing_the_package_loads_neither_asyncio_nor_paho_nor_a_server():
    code = "import hongyan, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    roots = {name.partition(".")[0] for name in loaded}
    assert not roots & {"asyncio", "paho", "flask", "peewee", "amqtt", "uvicorn", "hongyan_core", "hongyan_web"}
