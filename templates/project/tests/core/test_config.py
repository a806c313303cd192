from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.config import Settings, get_settings
from tests.database import UNREACHABLE_URL

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
EXAMPLE = Path(__file__).parent.parent.parent / ".env.example"


def make(**values: object) -> Settings:
    return Settings.model_validate({"secret_key": KEY, "database_url": UNREACHABLE_URL} | values)


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
@pytest.mark.parametrize("key", ["", "x" * 31, "x" * 64, "changethis-changethis-changethis-changethis", f"SECRET{KEY}"])
def test_weak_key_is_refused_in_every_environment(environment: str, key: str) -> None:
    with pytest.raises(ValidationError, match="secret_key"):
        make(secret_key=key, environment=environment)


def test_key_has_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(ValidationError, match="secret_key"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cors_origins", "*"),
        ("cors_origins", "shop.example"),
        ("cors_origins", "https://shop.example/path"),
        ("cors_origins", 3),
        ("rate_limit", "often"),
        ("database_url", "nonsense"),
        ("database_url", "mysql://localhost/shop"),
        ("max_body_bytes", 0),
        ("environment", "prod"),
        ("log_level", "loud"),
    ],
)
def test_wrong_setting_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        make(**{name: value})


def test_wrong_settings_end_the_program_with_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    monkeypatch.setenv("SECRET_KEY", "too-short-to-be-a-key")
    with pytest.raises(SystemExit, match=r"SECRET_KEY: .*at least 32 bytes") as ended:
        get_settings()
    assert "too-short-to-be-a-key" not in str(ended.value)


def test_settings_are_read_once() -> None:
    assert get_settings() is get_settings()


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, http://localhost:3000,")
    monkeypatch.setenv("ALLOWED_HOSTS", "shop.example,::1")
    settings = Settings()
    assert settings.cors_origins == ["https://a.example", "http://localhost:3000"]
    assert settings.allowed_hosts == ["shop.example", "::1"]


def test_database_url_gets_the_async_driver() -> None:
    assert make().database_url.get_secret_value().partition(":")[0].endswith(("+aiosqlite", "+asyncpg"))


def test_secrets_do_not_show() -> None:
    for shown in (repr(make()), str(make()), str(make().model_dump()), make().model_dump_json()):
        assert KEY not in shown
        assert UNREACHABLE_URL not in shown


def test_example_agrees_with_the_settings() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    values = dict(line.split("=", 1) for line in lines)
    assert {name.lower() for name in values} == set(Settings.model_fields)
    assert values["SECRET_KEY"] == ""
    made = Settings.model_validate({name.lower(): value for name, value in values.items()} | {"secret_key": KEY})
    for name, field in Settings.model_fields.items():
        assert field.is_required() or getattr(made, name) == field.default, name
