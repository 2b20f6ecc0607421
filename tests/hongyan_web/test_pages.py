from __future__ import annotations

from io import BytesIO
from pathlib import Path

import peewee
import pytest
from werkzeug.test import TestResponse

from tests.hongyan_web.site import Site


def get(site: Site, path: str) -> TestResponse:
    return site.app.test_client().get(path, buffered=True)


@pytest.fixture
def ui(site: Site) -> Path:
    ui = site.folder / "ui"
    (ui / "assets").mkdir(parents=True)
    (ui / "index.html").write_text("<!doctype html><title>鸿雁</title>", encoding="utf-8")
    (ui / "assets" / "main-4f3a.js").write_text("export {}")
    (ui / "sw.js").write_text("export {}")
    return ui


def test_the_page_is_asked_for_anew_and_hashed_files_are_kept(site: Site, ui: Path) -> None:
    kept = {path: get(site, path).headers["Cache-Control"] for path in ("/", "/sw.js", "/assets/main-4f3a.js")}
    assert kept == {
        "/": "no-cache",
        "/sw.js": "no-cache",
        "/assets/main-4f3a.js": "public, max-age=31536000, immutable",
    }
    assert get(site, "/assets/main-4f3a.js").mimetype == "text/javascript"


def test_worker_and_manifest_have_the_types_that_browsers_insist_on(site: Site, ui: Path) -> None:
    (ui / "manifest.webmanifest").write_text("{}")
    assert get(site, "/sw.js").mimetype == "text/javascript"
    assert get(site, "/manifest.webmanifest").mimetype == "application/manifest+json"
    assert get(site, "/manifest.webmanifest").headers["Cache-Control"] == "no-cache"


def test_what_is_shared_without_a_worker_leads_to_the_page_that_says_so(site: Site, ui: Path) -> None:
    form = {"text": "hello", "files": (BytesIO(bytes(200_000)), "film.mp4")}
    response = site.app.test_client().post("/share", data=form, headers={"Origin": "null"})
    assert (response.status_code, response.headers["Location"]) == (303, "/#/share")


def test_an_address_inside_the_app_is_the_page(site: Site, ui: Path) -> None:
    assert get(site, "/chat/user/bob").text == "<!doctype html><title>鸿雁</title>"
    assert get(site, "/assets/gone.js").status_code == 404
    assert get(site, "/api/v2/anything").json["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/../hongyan.sqlite3", "/..%2fhongyan.sqlite3", "/assets/..%2f..%2fhongyan.sqlite3"])
def test_no_path_leads_out_of_the_folder(site: Site, ui: Path, path: str) -> None:
    assert (site.folder / "hongyan.sqlite3").is_file()
    response = get(site, path)
    assert response.status_code == 404 or response.text.startswith("<!doctype html>")


def test_without_a_built_front_end_the_page_says_what_builds_it(site: Site) -> None:
    response = get(site, "/")
    assert response.status_code == 503
    assert "python hatch_build.py build" in response.text


def test_health_asks_the_database(site: Site, database: peewee.Database) -> None:
    response = site.app.test_client().get("/healthz")
    assert (response.status_code, response.json) == (200, {"status": "ok"})
    # A file's connection stays with the thread for its next request, a server's is given back.
    assert database.is_closed() is isinstance(database, peewee.PostgresqlDatabase)
    assert not database.in_transaction()
    assert site.app.test_client().get("/api/v1/conversations").status_code == 401
    assert database.is_closed()  # after a refusal it is given back in any case


SCRIPT = "/assets/main-4f3a.js"
COPIES = {"br": b"as br", "gzip": b"as gzip"}


@pytest.fixture
def copies(ui: Path) -> None:
    for suffix, content in ((".br", COPIES["br"]), (".gz", COPIES["gzip"])):
        (ui / f"assets/main-4f3a.js{suffix}").write_bytes(content)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("", None),
    ],
)
@pytest.mark.usefixtures("copies")
def test_a_file_comes_as_the_browser_takes_it(site: Site, accepted: str, encoding: str | None) -> None:
    response = site.app.test_client().get(SCRIPT, headers={"Accept-Encoding": accepted}, buffered=True)
    assert response.headers.get("Content-Encoding") == encoding
    assert response.data == COPIES.get(encoding or "", b"export {}")
    assert (response.mimetype, "Accept-Encoding" in response.vary) == ("text/javascript", True)
    assert response.headers["Content-Length"] == str(len(response.data))
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.usefixtures("copies")
def test_each_encoding_has_its_own_etag_and_is_known_by_it(site: Site) -> None:
    client, tags = site.app.test_client(), set()
    for accepted in ("br", "gzip", "identity"):
        tag = client.get(SCRIPT, headers={"Accept-Encoding": accepted}, buffered=True).headers["ETag"]
        again = client.get(SCRIPT, headers={"Accept-Encoding": accepted, "If-None-Match": tag}, buffered=True)
        assert (again.status_code, again.headers["ETag"]) == (304, tag)
        tags.add(tag)
    assert len(tags) == 3


@pytest.mark.usefixtures("copies")
def test_a_part_is_a_part_of_the_file_itself(site: Site) -> None:
    wanted = {"Accept-Encoding": "br", "Range": "bytes=0-5"}
    response = site.app.test_client().get(SCRIPT, headers=wanted, buffered=True)
    assert (response.status_code, response.data, "Content-Encoding" in response.headers) == (206, b"export", False)


def test_the_page_itself_is_compressed_too(site: Site, ui: Path) -> None:
    (ui / "index.html.gz").write_bytes(b"the page")
    response = site.app.test_client().get("/chat/user/bob", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert (response.data, response.headers["Content-Encoding"]) == (b"the page", "gzip")
    assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (
        "text/html; charset=utf-8",
        "no-cache",
    )
