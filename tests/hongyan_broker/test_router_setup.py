from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hongyan_broker.mosquitto_setup import PluginMissing, RouterAccess, find_plugin, init_mosquitto, load_access
from hongyan_core.settings import Settings
from tests.support.mosquitto import require_mosquitto


@pytest.fixture(autouse=True)
def _installed() -> None:
    require_mosquitto()


def settings(host: str = "127.0.0.1") -> Settings:
    return Settings(data_dir=Path("unused"), secret_key=b"", mqtt_host=host, mqtt_port=1884)


def test_it_writes_a_whole_configuration_and_says_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mosquitto"
    init_mosquitto(folder, settings(), websocket_port=9002)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) == [
        "acl.conf",
        "mosquitto.conf",
        "router.json",
        "state",
        "state/dynamic-security.json",
    ]
    lines = (folder / "mosquitto.conf").read_text().splitlines()
    assert "listener 1884 127.0.0.1" in lines
    assert "listener 9002 127.0.0.1" in lines
    assert f"acl_file {folder}/acl.conf" in lines
    assert not [line for line in lines if "$" in line]
    assert capsys.readouterr().out == (
        f"Written to {folder}, with new secrets. Next:\n"
        f"  mosquitto -c {folder}/mosquitto.conf\n"
        f"  hongyan router --mqtt-credentials {folder}\n"
        "  hongyan web --mqtt-port 1884 --websocket-url ws://localhost:9002/mqtt\n"
    )


@pytest.mark.parametrize(
    ("host", "domain", "reached"),
    [
        ("127.0.0.1", "ipv4", "127.0.0.1"),
        ("0.0.0.0", "ipv4", "127.0.0.1"),
        ("::1", "ipv6", "::1"),
        ("::", "ipv6", "::1"),
        ("broker.example.org", "ipv4", "broker.example.org"),
    ],
)
def test_the_router_finds_the_listener(tmp_path: Path, host: str, domain: str, reached: str) -> None:
    init_mosquitto(tmp_path / "m", settings(host))
    assert (tmp_path / "m" / "mosquitto.conf").read_text().count(f"socket_domain {domain}\n") == 2
    access = load_access(tmp_path / "m")
    assert (access.host, access.port, access.username) == (reached, 1884, "router")


def test_every_configuration_has_secrets_of_its_own(tmp_path: Path) -> None:
    accesses = []
    for name in ("one", "two"):
        init_mosquitto(tmp_path / name, settings())
        accesses.append(load_access(tmp_path / name))
    assert accesses[0].password != accesses[1].password
    assert accesses[0].client_id != accesses[1].client_id


def test_a_configuration_is_never_overwritten(tmp_path: Path) -> None:
    init_mosquitto(tmp_path, settings())
    with pytest.raises(FileExistsError, match="name another folder"):
        init_mosquitto(tmp_path, settings())


def test_without_mosquitto_it_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hongyan_broker.mosquitto_setup._PLUGIN_FOLDERS", (str(tmp_path),))
    with pytest.raises(PluginMissing, match="apt-get install mosquitto"):
        find_plugin()


def test_an_edited_access_file_may_name_another_address_and_a_certificate(tmp_path: Path) -> None:
    fields = {"host": "mq.example.org", "port": 8883, "password": "p", "client_id": "router-1", "ca_file": "/ca.pem"}
    (tmp_path / "router.json").write_text(json.dumps(fields))
    access = load_access(tmp_path)
    assert access == RouterAccess("mq.example.org", 8883, "p", "router-1", ca_file="/ca.pem")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"unknown": 1}'])
def test_an_access_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "router.json"
    path.write_text(text)
    with pytest.raises(OSError, match=re.escape(f"{path} cannot be read")):
        load_access(tmp_path)
