"""Settings: flag, environment, gjj.toml, default, in this order; and books that are not there."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from gjj_cli import settings
from gjj_cli.errors import ConfigError, FileError, UsageError
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.help import OWN_LIMITS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "账").mkdir()
    return tmp_path / "账"


def write(folder: Path, text: str) -> Path:
    path = folder / "gjj.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(folder):
    found = settings.load({}, {}, folder)
    assert (found.db, found.config_path, found.home, found.token) == (None, None, folder, None)
    assert (found.as_of, found.as_of_given, found.wait_seconds) == (date.today(), False, 5)


def test_flag_beats_environment_beats_file(folder):
    write(folder, 'db = "file.db"')
    env = {"GJJ_DB": "env.db"}
    assert settings.load({"db": "flag.db"}, env, folder).sqlite_path == folder / "flag.db"
    assert settings.load({}, env, folder).sqlite_path == folder / "env.db"
    assert settings.load({}, {}, folder).sqlite_path == folder / "file.db"


def test_the_nearest_config_upward_and_its_db_is_relative_to_it(folder):
    path = write(folder, 'db = "gjj.db"')
    below = folder / "表格" / "7月"
    below.mkdir(parents=True)
    found = settings.load({}, {}, below)
    assert (found.config_path, found.sqlite_path, found.home) == (path, folder / "gjj.db", folder)
    assert found.db == f"sqlite:///{folder.as_posix()}/gjj.db"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("gjj.db", "sqlite:///{}/gjj.db"),
        ("sqlite:///x/gjj.db", "sqlite:///{}/x/gjj.db"),
        ("sqlite:////srv/gjj.db", "sqlite:////srv/gjj.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://u@h/gjj", "postgresql://u@h/gjj"),
    ],
)
def test_urls(folder, given, url):
    assert settings.load({"db": given}, {}, folder).db == url.format(folder.as_posix())


def test_home_of_postgresql_books_is_beside_the_config(folder):
    write(folder, 'db = "postgresql://h/gjj"')
    below = folder / "x"
    below.mkdir()
    found = settings.load({}, {}, below)
    assert (found.home, found.sqlite_path) == (folder, None)


def test_a_named_config_must_be_there(folder):
    with pytest.raises(ConfigError, match="没有配置文件"):
        settings.load({"config": "nowhere.toml"}, {}, folder)
    with pytest.raises(ConfigError, match="没有配置文件"):
        settings.load({}, {"GJJ_CONFIG": "nowhere.toml"}, folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("db = gjj.db", "第 1 行写得不对"),
        ('dbb = "gjj.db"', "不认识 dbb"),
        ("db = 3", "db 写得不对"),
        ("policy = 3", "policy 写得不对"),
    ],
)
def test_a_config_that_does_not_read(folder, text, said):
    write(folder, text)
    with pytest.raises(ConfigError, match=said):
        settings.load({}, {}, folder)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_config_that_notepad_saved(folder, encoding):
    (folder / "gjj.toml").write_bytes('db = "账簿.db"'.encode(encoding))
    assert settings.load({}, {}, folder).sqlite_path == folder / "账簿.db"


@pytest.mark.parametrize("text", ["2025-05-14", "2025/5/14", "20250514", "2025年5月14日"])
def test_business_date(folder, text):
    found = settings.load({"as_of": text}, {}, folder)
    assert (found.as_of, found.as_of_given) == (date(2025, 5, 14), True)


def test_a_business_date_far_ahead_is_a_slip_of_the_finger(folder):
    """Posted on such a day, the unit could not post again until it comes."""
    ahead = date.today() + timedelta(days=31)
    assert settings.load({"as_of": ahead.isoformat()}, {}, folder).as_of == ahead
    with pytest.raises(UsageError, match="什么都没有办"):
        settings.load({"as_of": (ahead + timedelta(days=1)).isoformat()}, {}, folder)


@pytest.mark.parametrize("text", ["2025-02-30", "今天", "2025111", "14/05/2025", "25-05-14"])
def test_no_date(folder, text):
    with pytest.raises(UsageError, match="--as-of"):
        settings.load({"as_of": text}, {}, folder)


def test_tokens(folder):
    (folder / "token").write_text("from-file\n")
    file = {"GJJ_TOKEN_FILE": str(folder / "token")}
    assert settings.load({}, file, folder).token == "from-file"
    assert settings.load({}, {**file, "GJJ_TOKEN": "direct"}, folder).token == "direct"
    with pytest.raises(FileError, match="令牌文件"):
        settings.load({}, {"GJJ_TOKEN_FILE": str(folder / "none")}, folder)


def test_secrets_are_not_in_the_repr(folder):
    found = settings.load({"db": "postgresql://u:hunter2@h/gjj"}, {"GJJ_TOKEN": "canary"}, folder)
    assert "hunter2" not in repr(found)
    assert "canary" not in repr(found)


def test_books_must_be_there(folder):
    with pytest.raises(ConfigError, match="没有账簿") as none:
        settings.load({}, {}, folder).books()
    assert any("gjj init" in remedy for remedy in none.value.remedies)
    with pytest.raises(ConfigError, match="没有账簿文件"):
        settings.load({"db": "gjj.db"}, {}, folder).books()
    (folder / "gjj.db").touch()
    assert settings.load({"db": "gjj.db"}, {}, folder).books().endswith("/gjj.db")


def test_own_limits_as_the_help_shows_them_are_verified(folder):
    write(folder, OWN_LIMITS)
    limits = pack_for(settings.load({}, {}, folder)).on(2025 * 12 + 6).limits
    assert limits is not None
    assert (limits.base_min_fen, limits.base_max_fen, limits.verified) == (175_000, 2_600_000, True)


def test_without_own_limits_the_pack_is_as_shipped(folder):
    limits = pack_for(settings.load({}, {}, folder)).on(2025 * 12 + 6).limits
    assert limits is not None
    assert not limits.verified
