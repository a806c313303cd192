from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import Settings, get_settings
from tests.database import UNREACHABLE_URL

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
EXAMPLE = Path(__file__).parents[2] / ".env.example"
WRONG: dict[str, list[Any]] = {
    **{name: ["nonsense", 0] for name in ("environment", "log_level", "max_body_bytes", "rate_limit")},
    "database_url": ["nonsense", "mysql://localhost/shop"],
    "cors_origins": ["*", "shop.example", "https://shop.example/path", 3],
    "secret_key": ["", "x" * 31, "x" * 64, "changethis-changethis-changethis-changethis"],
}


def make(**values: object) -> Settings:
    return Settings.model_validate({"secret_key": KEY, "database_url": UNREACHABLE_URL} | values)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_wrong_setting_is_refused_in_every_environment(name: str, value: object) -> None:
    for environment in ("local", "staging", "production"):
        with pytest.raises(ValidationError, match=name):
            make(**{"environment": environment, name: value})


@pytest.mark.parametrize(
    ("key", "message"), [(None, r"secret_key: Field required"), ("too short", r"secret_key: .* at least 32 bytes")]
)
def test_wrong_settings_end_the_program(monkeypatch: pytest.MonkeyPatch, key: str | None, message: str) -> None:
    get_settings.cache_clear()
    monkeypatch.delenv("SECRET_KEY") if key is None else monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(SystemExit, match=message) as ended:
        get_settings()
    assert "too short" not in str(ended.value)


def test_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, http://localhost:3000,")
    settings = get_settings()
    assert settings.cors_origins == ["https://a.example", "http://localhost:3000"]
    assert settings.database_url.get_secret_value().partition(":")[0].endswith(("+aiosqlite", "+asyncpg"))
    assert get_settings() is settings
    get_settings.cache_clear()


def test_secrets_do_not_show() -> None:
    for shown in (repr(make()), str(make().model_dump()), make().model_dump_json()):
        assert KEY not in shown
        assert UNREACHABLE_URL not in shown


def test_example_agrees_with_the_settings() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    values = {name.lower(): value for name, value in (line.split("=", 1) for line in lines)}
    assert values.keys() == Settings.model_fields.keys()
    assert values["secret_key"] == ""
    made = Settings.model_validate(values | {"secret_key": KEY})
    for name, field in Settings.model_fields.items():
        assert field.is_required() or getattr(made, name) == field.default, name
