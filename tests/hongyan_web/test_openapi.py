from __future__ import annotations

from typing import Any

from tests.hongyan_web.site import Site

# The list, by hand: method, path, status of success, whether it is open to those who are not signed in.
ROUTES = """
post   /accounts                                  201 open
get    /me                                        200
patch  /me                                        200
put    /me/picture                                200
delete /me/picture                                204
get    /me/devices                                200
delete /me/devices                                204
delete /me/devices/{device_id}                    204
delete /me/sessions/{client_id}                   204
get    /bots                                      200
post   /bots                                      201
patch  /bots/{name}                               200
delete /bots/{name}                               204
post   /bots/{name}/token                         200
put    /bots/{name}/picture                       200
delete /bots/{name}/picture                       204
get    /people/{name}                             200
get    /people/{name}/picture                     200,304
put    /password                                  204
get    /site                                      200 open
put    /me/email                                  202
delete /me/email                                  204
post   /email-confirmations                       204 open
post   /password-resets                           202 open
put    /password-resets                           204 open
get    /links                                     200
post   /links                                     201
delete /links/{link}                              204
get    /links/{link}                              200 open
post   /session                                   200 open
delete /session                                   204
post   /session/passkey/options                   200 open
post   /session/passkey                           200 open
get    /session/pending                           200 open
post   /session/pending                           200 open
get    /me/security                               200
post   /me/second-factor                          200
put    /me/second-factor                          200
delete /me/second-factor                          204
post   /me/recovery-codes                         200
post   /me/passkeys/options                       200
post   /me/passkeys                               201
delete /me/passkeys/{passkey_id}                  204
post   /me/identities                             200
delete /me/identities/{identity_id}               204
post   /tokens                                    201 open
get    /tokens                                    200
delete /tokens/{token_id}                         204
post   /mqtt-token                                200
get    /people                                    200
post   /friend-requests                           201
get    /friend-requests                           200
post   /friend-requests/{request_id}/accept       200
post   /friend-requests/{request_id}/decline      200
post   /friend-requests/{request_id}/ignore       200
delete /friend-requests/{request_id}              204
get    /friends                                   200
patch  /friends/{name}                            200
delete /friends/{name}                            204
put    /blocks/{name}                             204
delete /blocks/{name}                             204
get    /blocks                                    200
get    /labels                                    200
patch  /labels/{label}                            200
delete /labels/{label}                            204
post   /broadcasts                                200
get    /me/link                                   200
post   /me/link                                   200
get    /mutes                                     200
put    /mutes/user/{peer}                         200
delete /mutes/user/{peer}                         204
put    /mutes/group/{name}                        200
delete /mutes/group/{name}                        204
post   /groups                                    201
get    /groups                                    200
get    /groups/{name}                             200
put    /groups/{name}/members/{username}          204
patch  /groups/{name}                             204
delete /groups/{name}                             204
post   /groups/{name}/owner                       204
get    /groups/{name}/picture                     200,304
put    /groups/{name}/picture                     200
delete /groups/{name}/picture                     204
get    /groups/{name}/members                     200
patch  /groups/{name}/members/{username}          204
delete /groups/{name}/members/{username}          204
get    /groups/{name}/bans                        200
put    /groups/{name}/bans/{username}             204
delete /groups/{name}/bans/{username}             204
get    /groups/{name}/announcement/readers        200
get    /groups/{name}/links                       200
post   /groups/{name}/links                       201
delete /groups/{name}/links/{link_id}             204
post   /links/{code}/join                         200
get    /groups/{name}/join-requests               200
post   /groups/{name}/join-requests/{request_id}/accept   204
post   /groups/{name}/join-requests/{request_id}/decline  204
get    /me/join-requests                          200
delete /me/join-requests/{request_id}             204
get    /conversations                             200
put    /conversations/user/{peer}/draft           204
delete /conversations/user/{peer}/draft           204
put    /conversations/group/{name}/draft          204
delete /conversations/group/{name}/draft          204
put    /conversations/{kind}/{name}/marks/{mark}  204
delete /conversations/{kind}/{name}/marks/{mark}  204
get    /scheduled                                 200
post   /scheduled                                 201
patch  /scheduled/{number}                        200
delete /scheduled/{number}                        204
post   /scheduled/{number}/send                   204
get    /stickers                                  200
post   /stickers                                  201
get    /stickers/{pack}                           200
delete /stickers/{pack}                           204
put    /stickers/{pack}/{name}                    204
delete /stickers/{pack}/{name}                    204
put    /me/stickers/{pack}                        204
delete /me/stickers/{pack}                        204
get    /previews                                  200
get    /previews/picture                          200,304
post   /uploads                                   201
patch  /uploads/{upload_id}                       204
delete /uploads/{upload_id}                       204
post   /uploads/{upload_id}                       204
get    /files/{file_id}                           200,206,304
get    /files/{file_id}/about                     200
get    /files/{file_id}/thumb                     200,304
get    /me/storage                                200
patch  /conversations/{kind}/{name}               204
get    /conversations/{kind}/{name}/messages      200
get    /conversations/{kind}/{name}/messages/{seq}           200
get    /conversations/{kind}/{name}/messages/{seq}/readers   200
get    /conversations/{kind}/{name}/messages/{seq}/versions  200
get    /conversations/{kind}/{name}/threads/{seq}            200
post   /conversations/{kind}/{name}/hidden        204
get    /conversations/{kind}/{name}/pins          200
get    /conversations/{kind}/{name}/cards         200
get    /conversations/{kind}/{name}/media         200
get    /conversations/{kind}/{name}/export        200
post   /conversations/{kind}/{name}/imports       201
get    /imports                                   200
get    /push                                      200
post   /push/subscriptions                        201
delete /push/subscriptions/{subscription_id}      204
post   /push/test                                 204
delete /imports/{import_id}                       204
get    /search                                    200
get    /me/export                                 200
delete /me                                        204
post   /reports                                   201
get    /admin/accounts                            200
patch  /admin/accounts/{name}                     200
post   /admin/accounts/{name}/reset               200
delete /admin/accounts/{name}                     204
get    /admin/audit                               200
get    /admin/reports                             200
post   /admin/reports/{report_id}/close           204
post   /admin/broadcasts                          202
"""


def _described(description: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, operations in description["paths"].items() for method in operations}


def test_every_route_of_the_design_is_described_with_its_status_and_its_lock(site: Site) -> None:
    description = site.description
    wanted = [line.split() for line in ROUTES.strip().splitlines()]
    assert _described(description) == {(method, f"/api/v1{path}") for method, path, *_ in wanted}
    for method, path, status, *is_open in wanted:
        operation = description["paths"][f"/api/v1{path}"][method]
        assert set(operation["responses"]) == {*status.split(","), "default"}, (method, path)
        assert ("security" not in operation) == bool(is_open), (method, path)


def test_every_described_route_exists_and_every_route_is_described(site: Site) -> None:
    real = set()
    for rule in site.app.url_map.iter_rules():
        if rule.rule.startswith("/api/") and rule.endpoint != "openapi.spec":
            path = "".join(part if is_static else f"{{{part}}}" for is_static, part in _parts(rule.rule))
            real |= {(method.lower(), path) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert _described(site.description) == real


def _parts(rule: str) -> list[tuple[bool, str]]:
    parts: list[tuple[bool, str]] = []
    for piece in rule.split("<"):
        name, closed, rest = piece.partition(">")
        parts += [(False, name.rpartition(":")[2]), (True, rest)] if closed else [(True, piece)]
    return parts


def test_the_description_is_openapi_3_1_and_open_to_all(site: Site) -> None:
    assert site.description["openapi"].startswith("3.1.")
    assert site.description["info"]["title"] == "Hongyan"
    assert "servers" not in site.description


def test_bodies_and_answers_hold_nothing_but_what_is_described(site: Site) -> None:
    schemas = site.description["components"]["schemas"]
    assert set(schemas["Registration"]["required"]) == {"username", "password"}
    assert {name for name, schema in schemas.items() if schema.get("additionalProperties") is not False} == set()
