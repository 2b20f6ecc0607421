"""The built front end as files, and `/healthz`. Everything else on this origin is the API."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, request, send_from_directory
from werkzeug.wrappers import Response as WerkzeugResponse

from hongyan_core.store.models import proxy

UI_DIR: Final = Path(__file__).parent / "ui"  # written by `npm run build` in webapp/frontend
_NOT_BUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hongyan 鸿雁</title>
<h1>Hongyan 鸿雁</h1><p>The server runs; its pages are not built yet. 服务已启动，但页面尚未构建。</p>
<p>In the project's folder 请在项目目录运行: <code>python hatch_build.py build</code></p></html>"""

# Copies that the build lays beside the files, the best first: content coding and the end of the copy's name.
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
mimetypes.add_type("application/manifest+json", ".webmanifest")  # Python's own table does not have it

pages = Blueprint("pages", __name__)


@pages.get("/healthz")
def show_health() -> Response:
    """Whether this process serves and its database answers."""
    proxy.obj.execute_sql("SELECT 1")
    return jsonify({"status": "ok"})


@pages.get("/")
def show_index() -> Response:
    """The page; asked for anew each time, because it names the files of the present build."""
    ui = _ui_dir()
    if not (ui / "index.html").is_file():
        return Response(_NOT_BUILT, status=503, mimetype="text/html")
    return _no_cache(_send("index.html"))


@pages.get("/<page:file>")
def show_file(file: str) -> Response:
    """A file of the front end; an address inside the app, such as `/chat/user/bob`, is the page."""
    if (_ui_dir() / file).is_file():
        return _cached(file)
    if "." in file:
        abort(404)
    return show_index()


@pages.post("/share")
def miss_share() -> WerkzeugResponse:
    """What another program shares is taken by the service worker; without one the page says what to do.

    Nothing of it is read here, so it does not matter whose form it was.
    """
    return redirect("/#/share", 303)


def _cached(file: str) -> Response:
    response = _send(file)
    if not file.startswith("assets/"):  # only there do addresses name the build
        return _no_cache(response)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _send(file: str) -> Response:
    """The file as the browser takes it; each encoding has an ETag of its own, for it is a file of its own."""
    encoding, suffix = _choose_encoding(file)
    response = send_from_directory(_ui_dir(), file + suffix, mimetype=mimetypes.guess_type(file)[0])
    response.vary.add("Accept-Encoding")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def _choose_encoding(file: str) -> tuple[str, str]:
    if not request.range:  # a part is a part of the file itself
        for encoding, suffix in _ENCODINGS:
            if request.accept_encodings.quality(encoding) > 0 and (_ui_dir() / f"{file}{suffix}").is_file():
                return encoding, suffix
    return "", ""


def _no_cache(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"  # kept, but asked about by its ETag
    return response


def _ui_dir() -> Path:
    return Path(current_app.config["UI_DIR"])
