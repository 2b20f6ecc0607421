"""`hongyan serve` as an operator sees it: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.mqtt import Client
from tests.support.people import register
from tests.support.ports import free_port
from tests.support.process import Program, Server
from tests.support.waiting import wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    server.start()
    yield server
    assert "Traceback" not in server.read_log()
    server.close()


def run_to_its_end(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a program that must end by itself."""
    program = Program(*arguments)
    program.start()
    assert program.process is not None
    code = program.process.wait(30)
    output = program.read_log()
    program.close()
    return code, output


def test_it_says_where_it_serves_and_to_whom_and_where_the_data_lives(server: Server, tmp_path: Path) -> None:
    said = server.read_log()
    assert f"http://localhost:{server.port}   (this machine only)" in said
    assert f"mqtt://127.0.0.1:{server.mqtt_port}   (this machine only)" in said
    assert str(tmp_path / "data") in said


def test_nothing_secret_is_printed_or_readable_by_others(server: Server, tmp_path: Path) -> None:
    assert (tmp_path / "data" / "secret.key").read_text().strip() not in server.read_log()
    assert [path.name for path in (tmp_path / "data").iterdir() if path.stat().st_mode & 0o077] == []


def test_it_ends_in_order_at_sigterm_with_clients_connected(server: Server) -> None:
    ann = register(server.url, "ann")
    client = Client(server.mqtt_port, "ann", ann.mqtt_password)
    assert client.connack == "Success"
    process = server.process
    assert process is not None
    started = time.monotonic()
    server.stop()
    client.wait_for_end()
    client.cut()
    assert process.returncode == 0
    assert time.monotonic() - started < 10


def test_a_second_start_answers_within_three_seconds(server: Server) -> None:
    durations = []
    for _ in range(3):
        server.stop()
        started = time.monotonic()
        server.start()
        durations.append(time.monotonic() - started - server.waited_for_processor_s())
    assert min(durations) < 3


def test_several_run_on_one_machine(server: Server, tmp_path: Path) -> None:
    other = Server(tmp_path / "other")
    other.start()
    try:
        register(server.url, "ann")
        register(other.url, "ann")
    finally:
        other.close()


def test_a_second_one_on_the_same_data_is_refused_in_one_sentence(server: Server, tmp_path: Path) -> None:
    ports = ("--port", str(free_port()), "--mqtt-port", str(free_port()))
    code, said = run_to_its_end("serve", "--data", str(tmp_path / "data"), *ports)
    assert code == 1
    assert said.startswith("hongyan: ")
    assert "Traceback" not in said


@pytest.mark.parametrize("taken", ["port", "mqtt_port"])
def test_a_port_in_use_is_one_sentence_that_says_what_to_change(server: Server, tmp_path: Path, taken: str) -> None:
    ports = {"port": free_port(), "mqtt_port": free_port(), taken: getattr(server, taken)}
    code, said = run_to_its_end(
        "serve", "--data", str(tmp_path / "b"), "--port", str(ports["port"]), "--mqtt-port", str(ports["mqtt_port"])
    )
    assert code == 1
    assert "--port or --mqtt-port" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["--limits", "off", "--host", "0.0.0.0"], "--limits off is for load tests", id="limits off, open"),
        pytest.param(["--mqtt-host", "0.0.0.0"], "would send passwords in the clear", id="plain MQTT, open"),
        pytest.param(["--database-url", "mysql://x/y"], "not a database URL", id="another database"),
    ],
)
def test_what_is_unsafe_or_impossible_is_refused_in_one_sentence(
    tmp_path: Path, arguments: list[str], expected: str
) -> None:
    code, said = run_to_its_end("serve", "--data", str(tmp_path / "data"), *arguments)
    assert code == 1
    assert said.startswith("hongyan: ")
    assert expected in said
    assert "Traceback" not in said


def test_a_data_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    code, said = run_to_its_end("serve", "--data", str(tmp_path / "file"))
    assert (code, "Traceback" in said) == (1, False)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return cert, key


def test_a_certificate_makes_both_ports_speak_tls(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    server = Server(tmp_path / "data", "--tls-cert", str(cert), "--tls-key", str(key))
    context = ssl.create_default_context(cafile=str(cert))
    url = server.url.replace("http://", "https://")
    Program.start(server)

    def answers() -> bool:
        server.assert_running()
        try:
            with urllib.request.urlopen(f"{url}/healthz", context=context, timeout=5) as answer:
                return bool(answer.headers["Strict-Transport-Security"])
        except OSError:
            return False

    try:
        wait_for(answers, timeout_s=30, what="an answer over TLS")
        assert _connack_over_tls(server.mqtt_port, str(cert)) == "Bad user name or password"
        with socket.create_connection(("127.0.0.1", server.mqtt_port), timeout=5) as plain:
            plain.sendall(bytes.fromhex("100c00044d5154540402003c0000"))
            assert plain.recv(100)[:1] in (b"", b"\x15")  # closed, or a TLS alert: never a CONNACK
    finally:
        server.close()


def _connack_over_tls(port: int, cert: str) -> str:
    answers: list[str] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="tls")
    client.username_pw_set("ann", "wrong")
    client.tls_set(cert)
    client.on_connect = lambda c, u, f, reason, p: answers.append(str(reason))
    client.connect("localhost", port)
    wait_for(lambda: client.loop(1) is not None and answers, what="the CONNACK")
    client.disconnect()
    return answers[0]
