"""What is kept with a case as it came: the submitted file, and the attachments (电子档案), by SHA-256."""

import hashlib

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli.case import Kept
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_cases import attachment, case_file, cases


def keep_file(tx: Tx, unit: str, case_no: str, name: str, content: bytes) -> str:
    """Keeps the submitted file; returns its SHA-256, hex. The same again changes nothing."""
    tx.must_hold(unit)
    digest = hashlib.sha256(content).hexdigest()
    tx.connection.execute(
        insert(case_file)
        .values(unit=unit, case_no=case_no, sha256=digest, name=name, content=content)
        .on_conflict_do_nothing()
    )
    return digest


def attach(tx: Tx, unit: str, case_no: str, kind: str, name: str, content: bytes) -> str:
    """Keeps an attachment of a kind such as 经办人身份证件; returns its SHA-256, hex."""
    tx.must_hold(unit)
    digest = hashlib.sha256(content).hexdigest()
    tx.connection.execute(
        insert(attachment)
        .values(unit=unit, case_no=case_no, kind=kind, sha256=digest, name=name, content=content)
        .on_conflict_do_nothing()
    )
    return digest


def number_archive(tx: Tx, unit: str, case_no: str, scan_no: str, archive_no: str) -> None:
    """扫描流水号 and 档案编号, given once, at the first attachment."""
    tx.must_hold(unit)
    tx.connection.execute(
        cases.update()
        .where(cases.c.unit == unit, cases.c.case_no == case_no, cases.c.scan_no.is_(None))
        .values(scan_no=scan_no, archive_no=archive_no)
    )


def kept(tx: Tx, unit: str, case_no: str) -> list[Kept]:
    """The submitted files, then the attachments by kind and name."""
    f, a = case_file.c, attachment.c
    filed = tx.connection.execute(select(f.name, f.sha256).where(f.unit == unit, f.case_no == case_no).order_by(f.name))
    attached = tx.connection.execute(
        select(a.kind, a.name, a.sha256).where(a.unit == unit, a.case_no == case_no).order_by(a.kind, a.name)
    )
    return [Kept(None, *row) for row in filed] + [Kept(*row) for row in attached]


def content(tx: Tx, unit: str, case_no: str, sha256: str) -> bytes | None:
    """The bytes of a kept file or attachment, or None."""
    for table in (case_file, attachment):
        found = tx.connection.execute(
            select(table.c.content).where(table.c.unit == unit, table.c.case_no == case_no, table.c.sha256 == sha256)
        ).scalar()
        if found is not None:
            return bytes(found)
    return None
