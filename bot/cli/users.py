"""`arraigo users`: accounts of the panel, for the first one and for emergencies; the panel does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import BadArgument, Failed, wired

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from bot.app import App

users = typer.Typer(help="Accounts of the panel.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]


@users.command("add")
def add_one(
    email: Email,
    role: Annotated[str, typer.Option(help="facilitator, evaluator, job_officer, psychosocial, coordinator or admin.")],
    country: Annotated[str, typer.Option(help="SV, GT or HN: sees only that country. Empty: every country.")] = "",
    name: Annotated[str, typer.Option(help="How the team calls the person.")] = "",
    languages: Annotated[str, typer.Option(help="Codes with commas between: es,en,quc,mam,kek,cak,kjb.")] = "es",
) -> None:
    """Make an account and print its temporary password, which the first login asks to change."""
    from bot.panel import accounts, passwords
    from bot.panel.audit import audit

    try:
        spoken = tuple(code.strip() for code in languages.split(",") if code.strip())
        access = accounts.Access(role, country.upper() or None, spoken)
        plain = accounts.plain_email(email)
    except ValueError as error:
        raise BadArgument(str(error)) from None
    except accounts.BadEmail as error:
        raise BadArgument(_says(error)) from None
    password = passwords.temporary()

    with wired() as app:
        now, kept = app.clock(), app.passwords.make(password)

        def store(connection: Connection) -> None:
            user_id = accounts.add(connection, plain, name.strip(), access, kept, now)
            detail = {"role": access.role, "country": access.country}
            audit(connection, None, "user.added", "users", user_id, detail, now=now)

        try:
            app.database.write_now(store)
        except accounts.EmailTaken as error:
            raise Failed(_says(error)) from None
        _tell(app, plain, password)


@users.command("list")
def list_all() -> None:
    """Print every account: e-mail, role, country, whether it is open, last login."""
    from sqlalchemy import select

    from db import tables

    with wired() as app:
        query = select(tables.users).order_by(tables.users.c.email)
        rows = app.database.read_now(lambda c: c.execute(query).mappings().all())
    for row in rows:
        seen = f"{row['last_login_at']:%Y-%m-%d}" if row["last_login_at"] else "never in"
        state = "open" if row["active"] else "closed"
        step = "second step" if row["totp_since"] else "password only"
        print("\t".join((row["email"], row["role"], row["country"] or "all", state, step, seen)))


@users.command()
def reset(
    email: Email,
    second_step: Annotated[bool, typer.Option("--second-step", help="Also take the second step away.")] = False,
) -> None:
    """Print a new temporary password; the old one stops working and every session ends."""
    from bot.panel import accounts, passwords
    from bot.panel.audit import audit

    password = passwords.temporary()
    with wired() as app:
        now, kept = app.clock(), app.passwords.make(password)

        def store(connection: Connection) -> None:
            user = _known(connection, email)
            accounts.set_temporary(connection, user["id"], kept, now)
            if second_step:
                accounts.drop_second_step(connection, user["id"])
            audit(connection, None, "password.reset", "users", user["id"], {"second_step": second_step}, now=now)

        app.database.write_now(store)
        _tell(app, email.strip().casefold(), password)


@users.command()
def deactivate(email: Email) -> None:
    """Close an account: its sessions end at once, and its cases go back to the list."""
    from bot.panel import accounts
    from bot.panel.audit import audit

    with wired() as app:
        left, now = app.on_user_left, app.clock()

        def store(connection: Connection) -> None:
            user = _known(connection, email)
            accounts.deactivate(connection, user["id"], left, now)
            audit(connection, None, "user.deactivated", "users", user["id"], now=now)

        try:
            app.database.write_now(store)
        except accounts.LastAdmin as error:
            raise Failed(_says(error)) from None
    print("Closed.")


def _known(connection: Connection, email: str) -> RowMapping:
    from bot.panel import accounts

    user = accounts.by_email(connection, email.strip().casefold())
    if user is None:
        raise Failed("no account has that e-mail: see `arraigo users list`")
    return user


def _says(error: Exception) -> str:
    return (error.__doc__ or "").strip()


def _tell(app: App, email: str, password: str) -> None:
    """Print how to log in. The password is shown this once."""
    from bot.panel.accounts import TEMPORARY_FOR

    address = app.settings.public_url or "http://127.0.0.1:8000"
    print(f"{address}/panel/ · e-mail: {email} · temporary password: {password}")
    print(f"It opens for {TEMPORARY_FOR.days} days, and the first login asks for another one.")


def first_login() -> None:
    """Print how to log in for the first time, where nobody has an account: an admin's temporary password, this once."""
    from bot.panel import accounts

    with wired() as app:
        now = app.clock()
        password = app.database.write_now(lambda c: accounts.first_admin(c, app.passwords, now))
    if password:
        print(f"First login of the panel: {accounts.FIRST_EMAIL} · temporary password: {password}", flush=True)


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(users, name="users")
