"""What the server asks of others: where to, how much, how long."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from hongyan_core.courtesy import one_page
from hongyan_web import fetcher
from hongyan_web.fetcher import ForbiddenAddress, TooMuch, find_origin, guard, is_public
from tests.support.certificates import make_certificate


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://login.example.org/realms/x", "https://login.example.org:443"),
        ("https://LOGIN.example.org:443", "https://login.example.org:443"),
        ("http://127.0.0.1:9/x?y#z", "http://127.0.0.1:9"),
        ("http://user:pass@host/", "http://host:80"),
        ("http://[::1]:9/x", "http://[::1]:9"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    assert find_origin(url) == origin


@pytest.mark.parametrize("url", ["", "/x", "ftp://host", "file:///etc/passwd", "https://", "http://host:99999"])
def test_what_has_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|ort"):
        find_origin(url)


Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate and its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@contextmanager
def serving(answer: Answer, proof: tuple[Path, Path] | None = None) -> Iterator[str]:
    """A server on 127.0.0.1 whose every answer to a GET is `answer`, over TLS with a `proof`; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(ConnectionError):  # the client has heard enough
                answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if proof is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*proof)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'https' if proof else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def say(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def get(url: str, *, verify: str | bool = True, **options: Any) -> requests.Response:
    with guard(requests.Session(), **options) as session:
        return session.get(url, verify=verify)


def test_a_private_address_is_refused_unless_it_is_our_own() -> None:
    with serving(say(b'{"a": 1}')) as url:
        assert get(f"{url}/x", own=[url]).json() == {"a": 1}
        with pytest.raises(ForbiddenAddress):
            get(f"{url}/x")
        for name in ("localhost", "[::ffff:127.0.0.1]", "127.0.0.2"):
            other = url.replace("127.0.0.1", name)
            for scheme in ("http", "https"):
                with pytest.raises(ForbiddenAddress):
                    get(f"{other}/x".replace("http", scheme), own=[url])


def test_a_public_address_is_asked_over_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "resolve", lambda *_, **__: pytest.fail("nobody is asked"))
    with pytest.raises(ForbiddenAddress, match="https only"):
        get("http://8.8.8.8/x")


def test_a_redirect_comes_through_the_same_gate() -> None:
    with serving(say(b"the secret of the house")) as inside:
        with serving(say(b"", 302, Location=f"{inside}/x")) as outside, pytest.raises(ForbiddenAddress):
            get(outside, own=[outside])
        file = say(b"", 302, Location="file:///etc/passwd")
        with serving(file) as outside, pytest.raises(requests.exceptions.InvalidSchema):
            get(outside, own=[outside])


def test_nobody_is_led_in_circles() -> None:
    def turn(handler: BaseHTTPRequestHandler) -> None:
        say(b"", 302, Location=handler.path)(handler)

    with serving(turn) as url, pytest.raises(requests.TooManyRedirects):
        get(f"{url}/x", own=[url])


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    hosts: list[str] = []
    real = socket.getaddrinfo

    def resolve_once(host: str, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1", *rest, **named)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        hosts.append(handler.headers["Host"])
        say(b"here")(handler)

    with serving(answer) as url:
        port = url.rpartition(":")[2]
        monkeypatch.setattr(socket, "getaddrinfo", resolve_once)
        name = f"http://login.example.org:{port}"
        assert get(f"{name}/x", own=[name]).text == "here"
    assert asked == ["login.example.org", "127.0.0.1"]  # a name once; the second is the number itself
    assert hosts == [f"login.example.org:{port}"]


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(ForbiddenAddress):
        get("https://rebinding.example")


def test_a_name_that_nobody_knows_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(requests.ConnectionError):
        get("https://nowhere.example")


def test_under_https_the_name_and_not_the_number_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "resolve", lambda *_, **__: "192.0.2.7")
    gate = guard(requests.Session()).get_adapter("https://login.example.org")
    request = requests.Request("GET", "https://login.example.org/x").prepare()
    assert isinstance(gate, requests.adapters.HTTPAdapter)
    host, pool = gate.build_connection_pool_key_attributes(request, True)
    assert (host["host"], host["port"]) == ("192.0.2.7", None)
    assert (pool["server_hostname"], pool["assert_hostname"]) == ("login.example.org", "login.example.org")
    assert pool["cert_reqs"] == "CERT_REQUIRED"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(say(b"x" * 2_001), id="as it says"),
        pytest.param(say(gzip.compress(b"x" * 1_000_000), Content_Encoding="gzip"), id="once unpacked"),
    ],
)
def test_an_answer_that_is_too_large_is_dropped(answer: Answer) -> None:
    with serving(answer) as url, pytest.raises(TooMuch):
        get(url, own=[url], max_bytes=2_000)


def test_an_answer_of_the_size_allowed_is_read() -> None:
    with serving(say(b"x" * 2_000)) as url:
        assert len(get(url, own=[url], max_bytes=2_000).content) == 2_000


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    "begun",
    [
        pytest.param("", id="status line"),
        pytest.param("HTTP/1.1 200 OK\r\nX-Long: ", id="header"),
        pytest.param("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", id="body"),
        pytest.param("HTTP/1.1 200 OK\r\n\r\n", id="body of any length"),
        pytest.param("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", id="size of a chunk"),
    ],
)
def test_an_answer_that_drips_is_dropped(
    monkeypatch: pytest.MonkeyPatch, proof: tuple[Path, Path], begun: str, tls: bool
) -> None:
    monkeypatch.setattr(fetcher, "TOTAL_S", 0.2)
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(begun.encode())
        for _ in range(1_000):  # ten seconds
            if stop.wait(0.01):
                break
            handler.wfile.write(b"1")

    with serving(drip, proof if tls else None) as url:
        began = time.monotonic()
        try:
            with pytest.raises(requests.RequestException) as dropped:
                get(url, own=[url], verify=str(proof[0]))
        finally:
            stop.set()
        assert time.monotonic() - began < 5
    assert not isinstance(dropped.value, requests.exceptions.SSLError)  # it was no matter of the certificate


def test_an_answer_over_tls_is_read(proof: tuple[Path, Path]) -> None:
    with serving(say(b"in private"), proof) as url:
        assert get(url, own=[url], verify=str(proof[0])).text == "in private"
        with pytest.raises(requests.exceptions.SSLError):
            get(url, own=[url])


def test_an_answer_that_is_cut_short_is_no_answer() -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x")

    with serving(cut) as url, pytest.raises(requests.ConnectionError):
        get(url, own=[url])


def test_other_pages_are_made_while_one_waits_for_an_answer() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        with one_page:
            say(b"made meanwhile")(handler)

    with serving(answer) as url, one_page:
        assert get(url, own=[url]).text == "made meanwhile"


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(say(b"direct")) as url:
        assert get(url, own=[url]).text == "direct"
