"""People of the books: users with roles and units, their tokens (only hashes are kept), and the units' 经办人."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_cases import agent, agent_document, token, user_unit, users


@dataclass(frozen=True)
class User:
    """A login. `role` is admin, agent (经办人), first (初审) or second (复核); `units` are an agent's."""

    name: str
    role: str
    display: str
    id_number: str | None = None
    disabled: bool = False
    units: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Agent:
    """A 经办人 registered with a unit."""

    unit: str
    id_number: str
    name: str
    mobile: str
    case_no: str | None = None


def add_user(tx: Tx, new: User) -> None:
    """A new login with its units; the caller has seen that the name is free."""
    tx.connection.execute(
        users.insert().values(
            name=new.name,
            role=new.role,
            display=new.display,
            id_number=new.id_number,
            disabled=int(new.disabled),
        )
    )
    give_units(tx, new.name, new.units)


def give_units(tx: Tx, name: str, units: Collection[str]) -> None:
    """Lets a user work for these units too."""
    tx.must_hold(*units)
    for unit in sorted(units):
        tx.connection.execute(insert(user_unit).values(unit=unit, user_name=name).on_conflict_do_nothing())


def user(tx: Tx, name: str) -> User | None:
    row = tx.connection.execute(select(users).where(users.c.name == name)).one_or_none()
    if row is None:
        return None
    units = tx.connection.scalars(select(user_unit.c.unit).where(user_unit.c.user_name == name))
    return User(row.name, row.role, row.display, row.id_number, bool(row.disabled), frozenset(units))


def all_users(tx: Tx) -> list[User]:
    names = tx.connection.scalars(select(users.c.name).order_by(users.c.name)).all()
    return [found for name in names if (found := user(tx, name)) is not None]


def new_token(tx: Tx, name: str, kind: str, created_at: str, until: str | None) -> str:
    """A fresh token of a user, as the text to be handed out; kind `session` or `token`, `until` a date or never."""
    secret = secrets.token_urlsafe(32)
    tx.connection.execute(
        token.insert().values(sha256=_digest(secret), user_name=name, kind=kind, created_at=created_at, until=until)
    )
    return secret


def user_of_token(tx: Tx, secret: str, today: str) -> User | None:
    """Whose token this is; None when it is unknown, over (`until` before `today`), or its user is disabled."""
    row = tx.connection.execute(
        select(token.c.user_name, token.c.until).where(token.c.sha256 == _digest(secret))
    ).one_or_none()
    if row is None or (row.until is not None and row.until < today):
        return None
    found = user(tx, row.user_name)
    return None if found is None or found.disabled else found


def drop_token(tx: Tx, secret: str) -> None:
    """Ends a session or token."""
    tx.connection.execute(token.delete().where(token.c.sha256 == _digest(secret)))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def add_agent(tx: Tx, new: Agent) -> None:
    """Registers a 经办人 with a unit, or takes over a changed name or mobile."""
    tx.must_hold(new.unit)
    said = {"name": new.name, "mobile": new.mobile, "case_no": new.case_no}
    tx.connection.execute(
        insert(agent)
        .values(unit=new.unit, id_number=new.id_number, **said)
        .on_conflict_do_update(index_elements=["unit", "id_number"], set_=said)
    )


def agents(tx: Tx, unit: str) -> list[Agent]:
    rows = tx.connection.execute(select(agent).where(agent.c.unit == unit).order_by(agent.c.id_number))
    return [Agent(**row._asdict()) for row in rows]


def keep_agent_document(tx: Tx, unit: str, id_number: str, kind: str, name: str, content: bytes) -> str:
    """Puts a document of a 经办人 on file (经办人身份证件), in place of an older one; returns its SHA-256."""
    tx.must_hold(unit)
    digest = hashlib.sha256(content).hexdigest()
    said = {"sha256": digest, "name": name, "content": content}
    tx.connection.execute(
        insert(agent_document)
        .values(unit=unit, id_number=id_number, kind=kind, **said)
        .on_conflict_do_update(index_elements=["unit", "id_number", "kind"], set_=said)
    )
    return digest


def agent_document_on_file(tx: Tx, unit: str, id_number: str, kind: str) -> str | None:
    """The SHA-256 of the document of that kind which is on file for the 经办人, or None."""
    return tx.connection.scalar(
        select(agent_document.c.sha256).where(
            agent_document.c.unit == unit,
            agent_document.c.id_number == id_number,
            agent_document.c.kind == kind,
        )
    )
