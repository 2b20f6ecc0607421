"""What an operator may set, and what is refused before anything listens."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hongyan_broker.options import OPTIONS, UnsafeOptions, build_parser, default_data_dir, is_loopback, parse_options
from hongyan_core.mail_route import MailRoute
from hongyan_core.settings import BrokerKind, EmailUse, Registration


def test_nothing_given_means_this_machine_only(tmp_path: Path) -> None:
    _, settings = parse_options("serve", ["--data", str(tmp_path)], {})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.mqtt_host, settings.mqtt_port) == ("127.0.0.1", 1883)
    assert settings.broker is BrokerKind.EMBEDDED
    assert settings.limits.abuse_limits
    assert settings.origin == "http://127.0.0.1:8000"
    assert settings.resolved_database_url == f"sqlite:///{tmp_path}/hongyan.sqlite3"


@pytest.mark.parametrize(("command", "most"), [("serve", 100_000), ("web", 1_000), ("router", 1_000)])
def test_a_group_is_smaller_where_fan_out_is_one_publish_a_member(command: str, most: int, tmp_path: Path) -> None:
    _, settings = parse_options(command, ["--data", str(tmp_path)], {})
    assert settings.limits.max_group_members == most


def test_the_environment_sets_what_the_command_line_does_not(tmp_path: Path) -> None:
    environ = {"HONGYAN_DATA": str(tmp_path), "HONGYAN_PORT": "9000", "HONGYAN_MQTT_PORT": "2883"}
    _, settings = parse_options("serve", ["--port", "9001"], environ)
    assert (settings.port, settings.mqtt_port, settings.data_dir) == (9001, 2883, tmp_path)


def test_data_lives_in_the_folder_of_the_xdg_rule() -> None:
    assert default_data_dir({"HOME": "/home/ann"}) == Path("/home/ann/.local/share/hongyan")
    assert default_data_dir({"HOME": "/home/ann", "XDG_DATA_HOME": "/data"}) == Path("/data/hongyan")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("chat.example.org", False),
        ("", False),
    ],
)
def test_only_loopback_counts_as_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--limits", "off", "--host", "0.0.0.0"], "--limits off", id="no limits, pages open"),
        pytest.param(["--limits", "off", "--mqtt-host", "0.0.0.0"], "--limits off", id="no limits, MQTT open"),
        pytest.param(["--mqtt-host", "0.0.0.0"], "--allow-plain-mqtt", id="passwords in the clear"),
        pytest.param(["--tls-cert", "a.pem"], "belong together", id="a certificate without its key"),
        pytest.param(["--tls-key", "a.pem"], "belong together", id="a key without its certificate"),
        pytest.param(["--oidc-issuer", "https://a.example"], "belong together", id="a provider that knows us not"),
        pytest.param(["--oidc-client-id", "us"], "belong together", id="a client of no provider"),
        pytest.param(["--oidc-issuer", "http://a.example", "--oidc-client-id", "us"], "https", id="a plain provider"),
        pytest.param(["--oidc-issuer", "a.example", "--oidc-client-id", "us"], "https", id="a provider without https"),
        pytest.param(["--oidc-issuer", "https://", "--oidc-client-id", "us"], "https", id="a provider without a host"),
        pytest.param(["--push-origins", "push.example"], "https://push", id="a push service without https"),
        pytest.param(["--push-origins", "ftp://push.example:21"], "https://push", id="a push service of another kind"),
        pytest.param(["--tls-cert", "/none.pem", "--tls-key", "/none.pem"], "no file", id="a file that is not there"),
        pytest.param(["--retention-days", "-1"], "number of days", id="messages that go before they come"),
        pytest.param(["--file-store", "/mnt/files"], "s3://bucket", id="a store that is a folder"),
        pytest.param(["--file-store", "s3://"], "s3://bucket", id="a store without a bucket"),
        pytest.param(["--file-quota", "0"], "from 1 up", id="no room for files"),
        pytest.param(["--max-file", "-1"], "from 1 up", id="files below nothing"),
    ],
)
def test_unsafe_options_are_refused_with_what_to_change(arguments: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeOptions, match=said):
        parse_options("serve", ["--data", str(tmp_path), *arguments], {})


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--limits", "off"], id="no limits on loopback"),
        pytest.param(["--host", "0.0.0.0"], id="pages open, MQTT on loopback"),
        pytest.param(["--mqtt-host", "0.0.0.0", "--allow-plain-mqtt", "yes"], id="plain MQTT on purpose"),
    ],
)
def test_safe_options_are_taken(arguments: list[str], tmp_path: Path) -> None:
    parse_options("serve", ["--data", str(tmp_path), *arguments], {})


@pytest.mark.parametrize("command", ["serve", "router"])
@pytest.mark.parametrize(
    ("said", "days"), [([], None), (["--retention-days", "0"], None), (["--retention-days", "30"], 30)]
)
def test_messages_are_kept_for_ever_unless_a_time_is_said(
    command: str, said: list[str], days: int | None, tmp_path: Path
) -> None:
    _, settings = parse_options(command, ["--data", str(tmp_path), *said], {})
    assert settings.retention_days == days


def test_bounds_on_files_are_mebibytes(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    _, usual = parse_options("serve", data, {})
    assert (usual.file_quota_bytes, usual.max_file_bytes, usual.file_store) == (5_368_709_120, 1_073_741_824, "")
    bounds = ["--file-quota", "3", "--max-file", "2", "--file-store", "s3://geese?endpoint=https://s3.example"]
    _, settings = parse_options("web", [*data, *bounds], {})
    assert (settings.file_quota_bytes, settings.max_file_bytes) == (3_145_728, 2_097_152)
    assert settings.file_store == "s3://geese?endpoint=https://s3.example"


def test_an_s3_store_without_its_library_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hongyan_broker.options.find_spec", lambda _: None)
    with pytest.raises(UnsafeOptions, match=r"pip install 'hongyan\[server,s3\]'"):
        parse_options("router", ["--data", str(tmp_path), "--file-store", "s3://geese"], {})


MAIL = ["--email", "optional", "--mail-from", "Hongyan <chat@example.org>"]
SMTP = [*MAIL, "--smtp-url", "smtps://mail.example.org"]


def test_without_a_word_everybody_may_register_and_no_mail_is_sent(tmp_path: Path) -> None:
    _, settings = parse_options("serve", ["--data", str(tmp_path), "--smtp-url", "smtps://mail.example.org"], {})
    assert (settings.registration, settings.email, settings.mail_route) == (Registration.OPEN, EmailUse.OFF, None)


@pytest.mark.parametrize("command", ["serve", "web"])
def test_mail_needs_a_server_and_a_sender(command: str, tmp_path: Path) -> None:
    _, settings = parse_options(command, ["--data", str(tmp_path), "--registration", "invite", *SMTP], {})
    assert (settings.registration, settings.email) == (Registration.INVITE, EmailUse.OPTIONAL)
    assert settings.mail_route == MailRoute("mail.example.org", 465, "tls")
    assert settings.mail_from == "Hongyan <chat@example.org>"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(MAIL, "--smtp-url", id="no server"),
        pytest.param([*MAIL, "--smtp-url", "mail.example.org"], "begins with smtp://", id="no URL"),
        pytest.param([*MAIL, "--smtp-url", "file:/none"], "there is no file /none", id="a file that is not there"),
        pytest.param(
            [*MAIL, "--smtp-url", "smtps://ann:hush@mail"], "HONGYAN_SMTP_URL", id="a password for all to read"
        ),
        pytest.param([*MAIL, "--smtp-url", "smtp://mail?starttls=no"], "in the clear", id="mails in the clear"),
        pytest.param([*SMTP, "--host", "0.0.0.0"], "--public-url", id="links that lead where a Host header says"),
        pytest.param([*SMTP, "--mail-from", ""], "--mail-from", id="no sender"),
        pytest.param([*SMTP, "--mail-from", "Hongyan"], "--mail-from", id="a sender without an address"),
        pytest.param([*SMTP, "--mail-from", "a@b.c\nBcc: d@e.f"], "--mail-from", id="a sender with a header"),
    ],
)
def test_mail_that_could_not_be_sent_safely_is_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeOptions, match=said) as caught:
        parse_options("serve", ["--data", str(tmp_path), *arguments], {})
    assert "hush" not in str(caught.value)


def test_the_password_of_the_mail_server_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    url = "smtps://chat:hush@mail.example.org"
    (tmp_path / "smtp").write_text(f"{url}\n")
    ways = [([], {"HONGYAN_SMTP_URL": url}), (["--smtp-url", f"file:{tmp_path}/smtp"], {})]
    for arguments, environ in ways:
        _, settings = parse_options("serve", ["--data", str(tmp_path), *MAIL, *arguments], environ)
        assert settings.mail_route == MailRoute("mail.example.org", 465, "tls", "chat", "hush")
        assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([*SMTP, "--host", "0.0.0.0", "--public-url", "https://chat.example"], id="open to the network"),
        pytest.param([*MAIL, "--smtp-url", "smtp://127.0.0.1:2525?starttls=no"], id="a mail server on this machine"),
    ],
)
def test_mail_is_taken_where_it_is_safe(arguments: list[str], tmp_path: Path) -> None:
    assert parse_options("serve", ["--data", str(tmp_path), *arguments], {})[1].mail_route is not None


def test_a_provider_is_called_by_its_host_unless_told_otherwise(tmp_path: Path) -> None:
    environ = {"HONGYAN_OIDC_CLIENT_SECRET": "between us"}
    arguments = ["--data", str(tmp_path), "--oidc-issuer", "https://login.example/realm", "--oidc-client-id", "us"]
    _, settings = parse_options("web", arguments, environ)
    assert (settings.oidc_issuer, settings.oidc_client_id) == ("https://login.example/realm", "us")
    assert (settings.oidc_client_secret, settings.oidc_label) == ("between us", "login.example")
    assert "between us" not in repr(settings)
    _, settings = parse_options("serve", [*arguments, "--oidc-label", "The school"], environ)
    assert settings.oidc_label == "The school"


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    data = tmp_path / "new" / "folder"
    _, first = parse_options("serve", ["--data", str(data)], {})
    _, second = parse_options("serve", ["--data", str(data)], {})
    assert len(first.secret_key) == 32
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in data.iterdir()] == ["secret.key"]


def test_two_installations_have_two_secrets(tmp_path: Path) -> None:
    _, one = parse_options("serve", ["--data", str(tmp_path / "one")], {})
    _, two = parse_options("serve", ["--data", str(tmp_path / "two")], {})
    assert one.secret_key != two.secret_key


def test_the_secret_never_shows_in_what_is_printed(tmp_path: Path) -> None:
    _, settings = parse_options("serve", ["--data", str(tmp_path)], {})
    assert settings.secret_key.hex() not in repr(settings)
    assert "secret_key" not in repr(settings)


def test_every_option_is_in_the_settings_page() -> None:
    page = Path("docs/settings.md").read_text()
    for option in OPTIONS:
        assert f"`--{option.name}`" in page
        assert option.variable in page


@pytest.mark.parametrize("command", ["serve", "web", "router", "broker", "admin"])
def test_every_command_explains_itself(command: str) -> None:
    text = build_parser(command, {}).format_help()
    assert f"hongyan {command}" in text
    assert "HONGYAN_DATA" in text
