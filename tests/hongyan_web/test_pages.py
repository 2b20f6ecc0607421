from __future__ import annotations

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
