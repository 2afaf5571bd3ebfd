"""Settings: order, types, names, and one clear line for everything that is wrong."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from instance.errors import Misconfigured
from instance.settings import Settings, child_environment, load, make_data_dir
from instance.settings_reading import entries, markdown, shown_values

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def settings(**variables: str) -> Settings:
    return load({f"KITTIWAKE_{name}": value for name, value in variables.items()}, None)


def refusal(**variables: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        settings(**variables)
    assert "\n" not in caught.value.public
    return caught.value.public


def test_nothing_is_required() -> None:
    made = settings()
    assert made == Settings()
    assert made.base_url == "http://localhost:8000"
    assert (made.listen_address, made.listen_port) == ("127.0.0.1", 8000)


def test_the_names_of_the_issue_are_understood(tmp_path: Path) -> None:
    made = settings(
        DOMAIN="Alpha.Test:8443",
        LISTEN="127.0.10.1:8443",
        DATA_DIR=str(tmp_path),
        STORAGE__URL="postgres://kw:secret@127.0.0.1/kw",
        REGISTRATION__MODE="approval",
        REGISTRATION__CONFIRM_EMAIL="true",
        MAIL__HOST="mail.test",
        FEDERATION__PLAIN_HTTP="1",
        FEDERATION__PRIVATE_NETWORKS="127.0.10.0/24, ::1",
        LIMITS__EXEMPT_NETWORKS="127.0.0.0/8",
    )
    assert made.domain == "alpha.test:8443"
    assert made.host == "alpha.test"
    assert made.base_url == "http://alpha.test:8443"
    assert made.data_dir == tmp_path
    assert made.registration.mode == "approval"
    assert made.registration.confirm_email is True
    assert made.federation.plain_http is True
    assert made.federation.private_networks == (ip_network("127.0.10.0/24"), ip_network("::1/128"))
    assert made.limits.exempt_networks == (ip_network("127.0.0.0/8"),)


def test_environment_wins_over_file_and_file_over_default(tmp_path: Path) -> None:
    file = tmp_path / "kittiwake.toml"
    file.write_text(
        'domain = "file.test"\nlisten = "0.0.0.0:80"\n'
        '[limits]\npost_letters_max = 700\nexempt_networks = ["10.0.0.0/8"]\n'
        "[federation]\ntotal_timeout_s = 20\nplain_http = true\n"
    )
    made = load({"KITTIWAKE_DOMAIN": "environment.test"}, file)
    assert made.domain == "environment.test"
    assert made.listen == "0.0.0.0:80"
    assert made.limits.post_letters_max == 700
    assert made.limits.exempt_networks == (ip_network("10.0.0.0/8"),)
    assert made.federation.total_timeout_s == 20.0
    assert made.limits.upload_bytes_max == Settings().limits.upload_bytes_max


def test_b69_hosts_of_the_bubble_are_spelt_as_those_of_people() -> None:
    """B69: each once, never our own, and not too many."""
    made = settings(
        DOMAIN="a.test", FEEDS__BUBBLE="B.test, bücher.test b.test:443, a.test, c.test:81"
    )
    assert made.feeds.bubble == ("b.test", "xn--bcher-kva.test", "c.test:81")
    assert "not a domain" in refusal(FEEDS__BUBBLE="https://b.test/")
    many = " ".join(f"{number}.test" for number in range(101))
    assert "101 are more than 100" in refusal(FEEDS__BUBBLE=many)


def test_without_a_domain_it_follows_the_port_that_we_listen_on() -> None:
    assert settings(LISTEN="127.0.0.1:9123").domain == "localhost:9123"
    assert settings(LISTEN="0.0.0.0:0").domain == "localhost:8000"
    assert settings(LISTEN="127.0.0.1:80").base_url == "http://localhost"
    assert settings(LISTEN="[::1]:81").listen_address == "::1"
    assert settings(LISTEN="127.0.0.1:9123", DOMAIN="a.test").domain == "a.test"


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ("Example.ORG", "example.org"),
        ("example.org:443", "example.org"),
        ("example.org.", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.10.1:8001", "127.0.10.1:8001"),
    ],
)
def test_a_domain_has_one_form(given: str, domain: str) -> None:
    assert settings(DOMAIN=given).domain == domain


@pytest.mark.parametrize(
    "domain",
    [
        "https://a.test",
        "a.test/",
        "u@a.test",
        "a..test",
        "",
        "a test",
        "-a.test",
        "a.test:x",
        "\u2488",
    ],
)
def test_what_is_not_a_domain_is_refused(domain: str) -> None:
    assert "KITTIWAKE_DOMAIN" in refusal(DOMAIN=domain)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGISTRATION__MODE", "everybody"),
        ("REGISTRATION__CONFIRM_EMAIL", "perhaps"),
        ("LIMITS__POST_LETTERS_MAX", "many"),
        ("LIMITS__POST_LETTERS_MAX", "0"),
        ("LIMITS__POST_LETTERS_MAX", "-5"),
        ("LIMITS__INBOX_BODY_BYTES_MAX", "10"),
        ("LIMITS__EXEMPT_NETWORKS", "localhost"),
        ("FEDERATION__TOTAL_TIMEOUT_S", "nan"),
        ("FEDERATION__TOTAL_TIMEOUT_S", "inf"),
        ("MAIL__PORT", "70000"),
        ("MAIL__SECURITY", "ssl3"),
        ("LISTEN", "8000"),
        ("LISTEN", "127.0.0.1:99999"),
        ("DATA_DIR", ""),
        ("STORAGE__URL", "mysql://x"),
        ("CACHE__URL", "http://x"),
        ("CACHE__URL", "redis://h:port/0"),
        ("CACHE__URL", "redis://h:99999/0"),
        ("STORAGE__URL", "postgres://u:p@h:port/d"),
        ("DOMAIN", "a.test:0"),
        ("DOMAIN", "a.test:65536"),
        ("LIMITS__POST_LETTERS_MAX", "99999999999999999999"),
        ("JOBS__OTHERS_AT_ONCE_MAX", "9223372036854775808"),
        ("DOMAN", "a.test"),
        ("STORAGE__URLS", "x"),
        ("STORAGE", "x"),
    ],
)
def test_a_wrong_value_or_name_is_refused_by_its_name(name: str, value: str) -> None:
    assert f"KITTIWAKE_{name}" in refusal(**{name: value})


def test_a_secret_is_never_part_of_a_message() -> None:
    assert "hunter2" not in refusal(STORAGE__URL="mysql://u:hunter2@h/d")
    assert "hunter2" not in refusal(MAIL__PASSWORD="hunter2\n", MAIL__HOST="m")
    made = settings(STORAGE__URL="postgres://u:hunter2@h/d", MAIL__PASSWORD="hunter2")
    assert "hunter2" not in repr(made)
    assert "hunter2" not in str(shown_values(made))
    assert shown_values(made)["mail.password"] == "(set)"


def test_confirmation_by_mail_needs_a_mail_server() -> None:
    message = refusal(REGISTRATION__CONFIRM_EMAIL="true")
    assert "KITTIWAKE_REGISTRATION__CONFIRM_EMAIL" in message
    assert "KITTIWAKE_MAIL__HOST" in message


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("doman = 'a'", "doman"),
        ("[limits]\nletters = 5", "limits.letters"),
        ("[limits]\npost_letters_max = 'x'", "limits.post_letters_max"),
        ("[federation]\nplain_http = 3", "federation.plain_http"),
        ("[federation]\nprivate_networks = [3]", "federation.private_networks"),
        ("domain = 3", "domain"),
        ("data_dir = 3", "data_dir"),
        ("limits = 3", "limits"),
        ("[limits]\npost_letters_max = 1.5", "limits.post_letters_max"),
        ("[limits]\npost_letters_max = true", "limits.post_letters_max"),
        ("domain", "kittiwake.toml"),
        ("domain = '\udc80'", "kittiwake.toml"),
    ],
)
def test_a_wrong_file_is_refused_by_the_name_of_its_key(
    tmp_path: Path, text: str, named: str
) -> None:
    file = tmp_path / "kittiwake.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(Misconfigured) as caught:
        load({}, file)
    assert named in caught.value.public
    assert "kittiwake.toml" in caught.value.public


def test_variables_of_tests_and_of_others_are_no_settings() -> None:
    assert load({"KITTIWAKE_TEST_CHROMIUM": "x", "HOME": "/x"}, None) == Settings()


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="KITTIWAKE_DATA_DIR"):
        make_data_dir(Settings(data_dir=tmp_path / "file" / "data"))
    make_data_dir(Settings(data_dir=tmp_path / "new" / "data"))
    assert list((tmp_path / "new" / "data").iterdir()) == []
    assert (tmp_path / "new" / "data").stat().st_mode & 0o077 == 0


def test_a_child_process_gets_only_the_settings_that_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KITTIWAKE_DOMAIN", "parent.test")
    environment = child_environment({"KITTIWAKE_LISTEN": "127.0.0.1:1"})
    assert "KITTIWAKE_DOMAIN" not in environment
    assert environment["KITTIWAKE_LISTEN"] == "127.0.0.1:1"
    assert "PATH" in environment


def test_no_group_has_more_than_ten_fields_and_all_are_explained() -> None:
    groups: dict[str, int] = {}
    for entry in entries(Settings):
        group = entry.name.rpartition(".")[0]
        groups[group] = groups.get(group, 0) + 1
        assert entry.field.metadata["help"].endswith(".")
    assert max(groups.values()) <= 10


def test_the_page_of_settings_is_current() -> None:
    message = "run: python main.py settings --markdown > docs/settings.md"
    assert DOCS.read_text() == markdown(Settings), message
