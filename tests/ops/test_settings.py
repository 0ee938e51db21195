"""Settings: what is read from where, what is refused and how, and that no secret shows."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest

from bot import settings
from bot.office_hours import Span
from bot.settings import Settings, SettingsError
from tests.ops.project import ROOT

SECRET = "correct-horse-battery-staple-0123456789"


def read(folder: Path, *lines: str) -> Settings:
    """The settings of a `.env` with these lines."""
    file = folder / ".env"
    file.write_text("\n".join(lines), "utf-8")
    return settings.load(file)


def refused(folder: Path, *lines: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(folder, *lines)
    return str(caught.value)


def test_nothing_set_is_an_embedded_database_and_every_part_off(tmp_path: Path) -> None:
    nothing = settings.load(tmp_path / "absent")
    assert nothing.database == "sqlite:///var/arraigo.sqlite3"
    assert (nothing.timezone.key, nothing.nlu, nothing.twilio_rate) == ("America/El_Salvador", "local", 80)
    assert nothing.staff_hours is None
    assert [line.partition(":")[0] for line in nothing.off()] == list(settings.PARTS)


def test_an_empty_line_is_the_same_as_none(tmp_path: Path) -> None:
    names = [f"{settings.variable(name)}=" for name in Settings.model_fields]
    assert read(tmp_path, *names) == settings.load(tmp_path / "absent")


def test_the_example_file_changes_nothing_and_names_every_setting() -> None:
    example = ROOT / ".env.example"
    lines = [line for line in example.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert sorted(line.removesuffix("=") for line in lines) == sorted(map(settings.variable, Settings.model_fields))
    assert settings.load(example) == settings.load(ROOT / "absent")
    assert settings.unknown({}, example) == []


def test_values_are_read_and_brought_into_shape(tmp_path: Path) -> None:
    some = read(
        tmp_path,
        "ARRAIGO_PUBLIC_URL=https://arraigo.example.org/",
        "ARRAIGO_TWILIO_WHATSAPP_FROM=+503 7000-0000",
        "ARRAIGO_TWILIO_SMS_FROM=+15005550006",
        "ARRAIGO_TWILIO_RATE=12.5",
        "ARRAIGO_LOG_LEVEL=WARNING",
        "ARRAIGO_TIMEZONE=America/Guatemala",
        "ARRAIGO_DATABASE_URL=postgresql://u:p@db/arraigo",
        "ARRAIGO_TELEGRAM_STAFF_CHAT=-1001234567890",
    )
    assert some.public_url == "https://arraigo.example.org"
    assert some.twilio_whatsapp_from == "whatsapp:+50370000000"
    assert some.twilio_sms_from == "+15005550006"
    assert (some.twilio_rate, some.log_level, some.timezone.key) == (12.5, "warning", "America/Guatemala")
    assert some.database == "postgresql://u:p@db/arraigo"
    assert some.telegram_staff_chat == "-1001234567890"


def test_the_data_folder_holds_the_embedded_database(tmp_path: Path) -> None:
    assert read(tmp_path, "ARRAIGO_DATA_DIR=/srv/datos de arraigo").database == (
        "sqlite:////srv/datos de arraigo/arraigo.sqlite3"
    )


def test_a_part_is_on_when_all_that_it_needs_is_set(tmp_path: Path) -> None:
    telegram = ["ARRAIGO_PUBLIC_URL=https://a.example", "ARRAIGO_TELEGRAM_TOKEN=1:x"]
    half = read(tmp_path, *telegram).off()
    assert "Telegram: off, because empty: ARRAIGO_TELEGRAM_SECRET" in half
    whole = read(tmp_path, *telegram, "ARRAIGO_TELEGRAM_SECRET=abc").off()
    assert not [line for line in whole if line.startswith("Telegram:")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:hunter2@host/x"),
        ("DATABASE_URL", "nothing of the kind"),
        ("DATABASE_URL", "sqlite://"),
        ("DATA_KEY", f"{SECRET},short"),
        ("CARE_KEY", "with a blank in it, and long enough otherwise"),
        ("HASH_KEY", f"{SECRET},{SECRET}"),
        ("SECRET_KEY", "short"),
        ("PUBLIC_URL", "arraigo.example.org"),
        ("PUBLIC_URL", "https://arraigo.example.org/?a=b"),
        ("TIMEZONE", "Mars/Olympus"),
        ("STAFF_HOURS", "lunes a viernes"),
        ("STAFF_HOURS", "mon-fry 08:00-17:00"),
        ("STAFF_HOURS", "mon 17:00-08:00"),
        ("STAFF_HOURS", "mon 08:00-25:00"),
        ("LOG_LEVEL", "loud"),
        ("TWILIO_RATE", "many"),
        ("TWILIO_RATE", "0"),
        ("TWILIO_WHATSAPP_FROM", "70000000"),
        ("TELEGRAM_SECRET", "ñ"),
        ("TELEGRAM_STAFF_CHAT", "my group"),
        ("TELEGRAM_API_URL", "localhost:8081"),
        ("NLU", "magic"),
    ],
)
def test_a_wrong_value_gets_one_line_that_names_it_and_does_not_show_it(tmp_path: Path, name: str, value: str) -> None:
    line = refused(tmp_path, f"ARRAIGO_{name}={value}")
    assert line.startswith(f"ARRAIGO_{name}: ")
    assert "Expected: " in line
    assert "\n" not in line
    assert "hunter2" not in line
    assert SECRET not in line


def test_every_wrong_value_is_told_at_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, "ARRAIGO_NLU=magic", "ARRAIGO_TWILIO_RATE=x").splitlines()) == 2


def test_rasa_needs_its_address(tmp_path: Path) -> None:
    assert refused(tmp_path, "ARRAIGO_NLU=rasa").startswith("ARRAIGO_RASA_URL: empty")
    assert read(tmp_path, "ARRAIGO_NLU=rasa", "ARRAIGO_RASA_URL=http://127.0.0.1:5005").nlu == "rasa"


def test_no_secret_shows_in_what_is_printed(tmp_path: Path) -> None:
    names = [
        "SECRET_KEY",
        "DATA_KEY",
        "CARE_KEY",
        "HASH_KEY",
        "TWILIO_AUTH_TOKEN",
        "TELEGRAM_TOKEN",
        "TELEGRAM_SECRET",
    ]
    some = read(
        tmp_path,
        f"ARRAIGO_DATABASE_URL=postgresql://u:{SECRET}@db/x",
        *(f"ARRAIGO_{n}={SECRET}" for n in names),
    )
    assert SECRET not in f"{some!r}{some!s}{some.model_dump()!r}{some.model_dump_json()}"


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"ARRAIGO_TIMEZONE=\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        settings.load(file)


def test_a_slip_of_the_keyboard_is_told_with_the_right_name(tmp_path: Path) -> None:
    lines = settings.unknown({"ARRAIGO_TELEGRAM_TOKN": "x", "ARRAIGO_TEST_X": "1", "HOME": "/"}, tmp_path / "absent")
    assert lines == ["ARRAIGO_TELEGRAM_TOKN: no such setting, it does nothing; did you mean ARRAIGO_TELEGRAM_TOKEN?"]


def test_the_environment_wins_and_errors_go_to_stderr(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ARRAIGO_NLU=local\n")
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "ARRAIGO_NLU": "magic",
        "ARRAIGO_DATA_KEY": "tiny",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from bot.settings import load_or_exit; load_or_exit()"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "ARRAIGO_DATA_KEY",
        "ARRAIGO_NLU",
    ]
    assert "tiny" not in done.stderr


def test_office_hours_are_a_week_of_spans(tmp_path: Path) -> None:
    hours = read(tmp_path, "ARRAIGO_STAFF_HOURS=Sat 08:00-12:00,  thu-mon 13:00-17:00").staff_hours
    assert hours is not None
    assert [span.weekday for span in hours.spans] == [0, 3, 4, 5, 5, 6]
    assert hours.spans[3] == Span(5, time(8), time(12))
