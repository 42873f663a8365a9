"""`gjj db copy`: the books into another, empty database, verified on both sides before they count."""

from dataclasses import dataclass, replace
from pathlib import Path

from gjj_cli import __version__
from gjj_cli.errors import FileError, Refused, UsageError
from gjj_cli.flows import session
from gjj_cli.ledger.verdict import Verdict
from gjj_cli.settings import Settings, url_of
from gjj_cli.store import backup, copying
from gjj_cli.store import verify as verifying
from gjj_cli.store.copying import Told
from gjj_cli.store.engine import Books, Tx, sqlite_url


@dataclass(frozen=True)
class Copied:
    """What `copy` did: from where to where, how many rows, and what verifying gave on both sides alike."""

    source: str
    target: str
    rows: int
    verdict: Verdict


def copy(settings: Settings, source: str | None, target: str, told: Told) -> Copied:
    """Copy the books of `source` (None: of this run) into `target`, where there must be none yet.

    All of it in one transaction of the target; the source is one snapshot and is not written to. Raises Forbidden unless
    the administrator of the source asks, Refused when one of them does not verify or their anchors differ (somebody
    posted meanwhile): then there are no books in the target.
    """
    here = Path.cwd()
    settings = replace(settings, db=url_of(source, here)) if source else settings
    target = url_of(target, here)
    if settings.books() == target:
        raise UsageError("--from 和 --to 是同一本账簿，没有复制", remedies=("改：--to 写新的地方",))
    with session.reading(settings) as (_, who):
        who.must_be(session.ADMIN, what="复制账簿")
    with session.opened(settings) as books:
        file = replace(settings, db=target).sqlite_path
        if file is None:
            return _into_server(books, target, settings.db_owner, told)
        return _into_file(books, file, told)


def _into_file(books: Books, file: Path, told: Told) -> Copied:
    """Under a temporary name until it is verified."""
    if file.exists():
        raise FileError(f"{file} 已经有了，没有动它", remedies=("改：--to 换一个文件名",))
    with backup.temporary(file) as made:
        rows = _fill(books, sqlite_url(made), None, told)
        verdict = _verified(books, sqlite_url(made))
        backup.place(made, file)
    return Copied(books.where, str(file), rows, verdict)


def _into_server(books: Books, url: str, owner: str | None, told: Told) -> Copied:
    rows = _fill(books, url, owner, told)
    try:
        verdict = _verified(books, url)
    except BaseException:
        Books.remove(url, owner)
        raise
    copied = Books.open(url)
    copied.close()
    return Copied(books.where, copied.where, rows, verdict)


def _fill(books: Books, url: str, owner: str | None, told: Told) -> int:
    rows = 0

    def fill(tx: Tx) -> None:
        nonlocal rows
        rows = copying.copy(source, tx, told)

    with books.reading() as source:
        Books.create(url, __version__, owner, fill).close()
    return rows


def _verified(books: Books, url: str) -> Verdict:
    """Both sides, computed again from scratch."""
    copied = Books.open(url)
    try:
        told, made = verifying.verify(books), verifying.verify(copied)
    finally:
        copied.close()
    for where, verdict in (("来源", told), ("复制出来的", made)):
        if verdict.first_difference is not None:
            found = verdict.first_difference
            raise Refused(
                f"{where}账簿对不上，没有复制",
                facts=(f"单位 {found.unit}，{found.field}：{found.detail}",),
                remedies=("改：先核对来源：gjj ledger verify",),
            )
    if told.anchor != made.anchor:
        raise Refused("复制的时候来源又记了账，没有复制", remedies=("改：先停下记账，再跑同一条命令",))
    return made
