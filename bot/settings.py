"""Every setting of Arraigo: an `ARRAIGO_*` variable of the environment or of `.env`, checked at the start."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError

from bot import office_hours
from bot.office_hours import OfficeHours
from db import engines

PREFIX = "ARRAIGO_"
ENV_FILE = Path(".env")
SHORTEST_KEY = 32  # characters
DATABASE_FILE = "arraigo.sqlite3"
_NO_SETTINGS = ("ARRAIGO_SERVE_", "ARRAIGO_TEST_")  # from `serve` to its processes, and for tests


class SettingsError(Exception):
    """Settings that cannot work. A line for each: which variable, what is wrong, what to do."""


def _key_list(secret: SecretStr) -> SecretStr:
    for key in keys_in(secret):
        if len(key) < SHORTEST_KEY or re.search(r"\s", key):
            raise ValueError(f"a key has {SHORTEST_KEY} characters or more and no blanks")
    return secret


def _one_key(secret: SecretStr) -> SecretStr:
    if len(keys_in(secret)) > 1:
        raise ValueError("this is one key, not a list")
    return _key_list(secret)


def _database(secret: SecretStr) -> SecretStr:
    try:
        engines.parse(secret.get_secret_value())
    except ArgumentError:
        raise ValueError("this is no database address") from None
    return secret


def _web_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a web address begins with https:// or http:// and a host")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("this web address has more than scheme, host, port and path")
    return address.rstrip("/")


def _whatsapp_number(number: str) -> str:
    return f"whatsapp:{_number(number.removeprefix('whatsapp:'))}"


def _number(number: str) -> str:
    bare = re.sub(r"[ ()-]", "", number)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", bare):
        raise ValueError("a number has + and the country's code, then digits")
    return bare


Key = Annotated[SecretStr, AfterValidator(_one_key)]
KeyList = Annotated[SecretStr, AfterValidator(_key_list)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Hours = Annotated[OfficeHours, NoDecode, BeforeValidator(office_hours.parse)]
_OFF = SecretStr("")
_MAKE_KEY = "a key; make a set with: python -m bot.keys"


class Settings(BaseSettings):
    """What the operator decides. An empty variable counts as absent; an absent one leaves its part off.

    Each description says what is expected; it ends the line that a wrong value gets.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    data_dir: Path = Field(Path("var"), description="a folder for the embedded database and its keys")
    models_dir: Path | None = Field(None, description="a folder for the trained language model")
    database_url: Annotated[SecretStr, AfterValidator(_database)] | None = Field(
        None, description="sqlite:///path/to/file or postgresql://user:password@host/name"
    )
    secret_key: Key = Field(_OFF, description=_MAKE_KEY)
    data_key: KeyList = Field(_OFF, description=f"keys, newest first, commas between; {_MAKE_KEY}")
    care_key: KeyList = Field(_OFF, description=f"keys, newest first, commas between; {_MAKE_KEY}")
    hash_key: Key = Field(_OFF, description=_MAKE_KEY)
    public_url: WebAddress = Field("", description="the address that people see, such as https://arraigo.example.org")
    timezone: ZoneInfo = Field(
        ZoneInfo("America/El_Salvador"), description="a zone such as America/Guatemala or America/Tegucigalpa"
    )
    staff_hours: Hours | None = Field(None, description=f"such as: {office_hours.EXAMPLE}")
    office: str = Field(
        "", max_length=120, description="where people can check who we are, such as: Swisscontact, tel. 2200-0000"
    )
    issuer: str = Field(
        "Arraigo", min_length=2, max_length=60, description="who stands for certificates, such as: Nuevas Oportunidades"
    )
    verify_url: WebAddress = Field("", description="where certificates are checked, such as https://constancias.org")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")

    twilio_account_sid: str = Field("", description="the Account SID of Twilio's console")
    twilio_auth_token: SecretStr = Field(_OFF, description="the Auth Token of Twilio's console")
    twilio_whatsapp_from: Annotated[str, AfterValidator(_whatsapp_number)] = Field(
        "", description="the number that writes on WhatsApp, such as +50370000000"
    )
    twilio_sms_from: Annotated[str, AfterValidator(_number)] = Field(
        "", description="the number that sends SMS, such as +15005550006"
    )
    twilio_rate: float = Field(80.0, gt=0, le=10_000, description="messages a second, such as 80")
    twilio_api_url: WebAddress = Field("", description="scheme and host in place of Twilio's own")

    telegram_token: SecretStr = Field(_OFF, description="the token that @BotFather gave")
    telegram_secret: SecretStr = Field(_OFF, description="1 to 256 letters, digits, _ or -; make one up")
    telegram_bot: str = Field(
        "", pattern=r"^[A-Za-z0-9_]{5,32}$", description="the bot's user name, without @, for links"
    )
    telegram_api_url: WebAddress = Field("", description="scheme and host in place of Telegram's own")
    telegram_staff_chat: str = Field(
        "",
        pattern=r"^(-?[0-9]+|@[A-Za-z0-9_]+)$",
        description="the number of the staff's group, such as -1001234567890",
    )

    nlu: Literal["local", "rasa"] = Field("local", description="local or rasa")
    rasa_url: WebAddress = Field("", description="where Rasa answers, such as http://127.0.0.1:5005")
    rasa_token: SecretStr = Field(_OFF, description="the --auth-token that Rasa was started with")

    @field_validator("*", mode="before")
    @classmethod
    def _trim(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("telegram_secret")
    @classmethod
    def _sendable(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("Telegram takes no other characters and no longer secret")
        return value

    @property
    def database(self) -> str:
        """The address of the database, with its password: the given one, else a SQLite file in `data_dir`."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return str(URL.create("sqlite", database=str(self.data_dir / DATABASE_FILE)))

    def off(self) -> list[str]:
        """One line for each part that is off, with the variables that would turn it on."""
        lines = []
        for part, names in PARTS.items():
            if missing := [variable(name) for name in names if not _is_set(getattr(self, name))]:
                lines.append(f"{part}: off, because empty: {', '.join(missing)}")
        return lines


PARTS = {
    "WhatsApp": ("public_url", "twilio_account_sid", "twilio_auth_token", "twilio_whatsapp_from"),
    "SMS": ("public_url", "twilio_account_sid", "twilio_auth_token", "twilio_sms_from"),
    "Telegram": ("public_url", "telegram_token", "telegram_secret"),
    "Alerts to staff on Telegram": ("telegram_token", "telegram_staff_chat"),
    "Promise of when staff answer": ("staff_hours",),
}


def _is_set(value: object) -> bool:
    return bool(value.get_secret_value()) if isinstance(value, SecretStr) else bool(value)


def variable(field: str) -> str:
    """The environment's name of a setting."""
    return PREFIX + field.upper()


def keys_in(secret: SecretStr) -> tuple[str, ...]:
    """The keys of a list with commas between, as they stand: newest first."""
    return tuple(key for part in secret.get_secret_value().split(",") if (key := part.strip()))


def load(env_file: Path = ENV_FILE) -> Settings:
    """Read the environment, which wins, and the file, which may be absent. Raises `SettingsError`."""
    files: dict[str, Any] = {"_env_file": env_file, "_env_file_encoding": "utf-8"}
    try:
        settings = Settings(**files)
    except ValidationError as error:
        raise SettingsError("\n".join(_lines(error))) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{env_file}: cannot be read. Make it a UTF-8 text file that this user may read") from None
    if settings.nlu == "rasa" and not settings.rasa_url:
        raise SettingsError(
            "ARRAIGO_RASA_URL: empty, though ARRAIGO_NLU is rasa. Say where Rasa answers, or choose local"
        )
    return settings


def load_or_exit(env_file: Path = ENV_FILE) -> Settings:
    """`load` for commands: what is wrong goes to stderr, and the process ends with 1."""
    try:
        settings = load(env_file)
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    for line in unknown(os.environ, env_file):
        print(line, file=sys.stderr)
    return settings


def unknown(environ: Mapping[str, str], env_file: Path = ENV_FILE) -> list[str]:
    """One line for each `ARRAIGO_*` variable that is no setting: most often a slip of the keyboard."""
    known = [variable(name) for name in Settings.model_fields]
    seen = {name.upper() for name in (*environ, *dotenv_values(env_file)) if name.upper().startswith(PREFIX)}
    lines = []
    for name in sorted(seen.difference(known)):
        if not name.startswith(_NO_SETTINGS):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see .env.example"
            lines.append(f"{name}: no such setting, it does nothing; {hint}")
    return lines


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False, include_input=False):
        name = str(fault["loc"][0])
        wrong = fault["msg"].removeprefix("Value error, ").removesuffix(".")
        expected = Settings.model_fields[name].description
        lines.append(f"{variable(name)}: {wrong}. Expected: {expected}")
    return lines
