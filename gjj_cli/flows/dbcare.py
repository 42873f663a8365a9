"""`gjj db`: the books backed up, restored and brought up to this program's version."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gjj_cli import atomic, money, terminal
from gjj_cli.errors import ConfigError, FileError, Locked, Refused, UsageError
from gjj_cli.flows import session
from gjj_cli.ledger.verdict import Verdict
from gjj_cli.settings import Settings
from gjj_cli.store import audit, backup, migrations
from gjj_cli.store import verify as verifying
from gjj_cli.store.engine import Books, Tx, sqlite_url
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.totals import Totals, totals

BACKUP, BEFORE_UPGRADE, REPLACED, UNSOUND = "备份", "升级前", "换下", "核对不上"
NOBODY = "?"  # in the audit log, where the books could not say who it was


@dataclass(frozen=True)
class Copied:
    """A backup: where it is, what verifying it gave, what it holds (None where that could not be read)."""

    path: Path
    verdict: Verdict | None
    totals: Totals | None
    problem: str | None

    @property
    def ok(self) -> bool:
        return self.problem is None


@dataclass(frozen=True)
class Restored:
    """A restore: what the backup holds, and where the books that were there are kept (None: there were none)."""

    copied: Copied
    kept: Path | None
    upgraded_from: int | None


@dataclass(frozen=True)
class Upgraded:
    """An upgrade: from and to which version, the backup made before, what verifying gave after."""

    before: int
    after: int
    backup: Path | None
    verdict: Verdict | None


def make_backup(settings: Settings, target: Path | None) -> Copied:
    """Copy the books while posting goes on, verify the copy, then give it its name.

    Books that do not verify are copied all the same, under a name that says so: it may be all there is. Raises FileError
    for a file that is there already (unless --yes) or cannot be written.
    """
    books = _file(settings)
    with session.reading(settings) as (_, who):
        who.must_be(session.ADMIN, what="备份账簿")
    target = backup.named(books, BACKUP) if target is None else _free(target, books, settings)
    with backup.temporary(target) as made:
        backup.copy(books, made, live=True)
        found = _examined(made)
        if not found.ok:
            target = backup.named(target, UNSOUND)
        backup.place(made, target)
    _note(settings, who.name, f"{'备份' if found.ok else '备份（核对不上）'}，{_anchor(found)}", target)
    return Copied(target, found.verdict, found.totals, found.problem)


def restore(settings: Settings, file: Path, *, dry_run: bool = False) -> Restored:
    """Put a backup in the place of the books: copied beside them, verified there, then swapped in.

    The administrator of the books may; of books that cannot be opened nobody can be asked, so there whoever may write
    in the folder may, and the audit log says so. A backup that does not verify changes nothing.
    """
    books = _file(settings)
    if not file.is_file():
        raise FileError(f"没有备份文件 {file}，什么都没有变", remedies=("改：核对文件名",))
    if books.exists() and file.samefile(books):
        raise UsageError(f"{terminal.here(file)} 就是现在的账簿，什么都没有变", remedies=("改：写备份文件的名字",))
    who, now = _present(settings, books)
    with backup.temporary(books) as made:
        backup.copy(file, made, live=False)
        before = _version(made, file)
        if before < migrations.VERSION:
            _bring_up(made)
        found = _examined(made)
        older = before if before < migrations.VERSION else None
        if not found.ok or dry_run:
            return Restored(found, None, older)
        _agree(settings, now, found)
        kept = backup.named(books, REPLACED)
        _sign(settings, made, who, found, kept if books.exists() else None)
        backup.swap(made, books, kept, settings.wait_seconds)
    place = kept if kept.exists() else None
    done = Copied(books, found.verdict, found.totals, None)
    return Restored(done, place, older)


def upgrade(settings: Settings, *, dry_run: bool = False) -> Upgraded:
    """Bring the books up to this program's version in one transaction, after a backup beside them.

    Raises Forbidden unless the administrator asks, ConfigError for newer books, Refused when the result would be less
    whole than before; then nothing has changed.
    """
    books = Books.open_to_upgrade(settings.books(), settings.wait_seconds, settings.db_owner)
    try:
        with books.reading() as tx:
            before = migrations.version_of(tx.connection)
            who = session.actor(tx, settings)
            who.must_be(session.ADMIN, what="升级账簿")
        if before == migrations.VERSION:
            return Upgraded(before, before, None, None)
        kept = None if dry_run or books.path is None else _before_upgrade(books.path)
        detail = f"第 {before} 版升到第 {migrations.VERSION} 版"

        def work(tx: Tx) -> None:
            books.bring_up(tx)
            audit.write(tx, CENTRE, audit.Act(session.now(), settings.as_of, who.name, "db upgrade", detail))

        books.write(work, CENTRE, dry_run=dry_run)
        return Upgraded(before, migrations.VERSION, kept, None if dry_run else verifying.verify(books))
    finally:
        books.close()


def _before_upgrade(books: Path) -> Path:
    """A backup of books that only an older program could verify: SQLite's own check has to do."""
    target = backup.named(books, BEFORE_UPGRADE)
    with backup.temporary(target) as made:
        backup.copy(books, made, live=True)
        problem = backup.damage(made)
        if problem is not None:
            raise FileError(
                "账簿文件坏了，没有升级，账簿没有变",
                facts=(f"SQLite 说：{problem}。",),
                remedies=("改：用备份恢复：gjj db restore 备份文件",),
            )
        backup.place(made, target)
    return target


def _file(settings: Settings) -> Path:
    """The file of the books, there or not. Raises ConfigError where there are none, or a server has them."""
    path = settings.sqlite_path
    if path is not None:
        return path
    settings.books()
    raise ConfigError(
        "账簿在数据库服务器上，这一版的备份和恢复只管文件里的账簿，什么都没有做",
        remedies=(
            "可以：整本复制成文件：gjj db copy --to gjj-备份.db",
            "可以：用服务器的工具，例如：pg_dump -Fc -f gjj.dump 数据库名",
        ),
    )


def _free(target: Path, books: Path, settings: Settings) -> Path:
    if target.exists() and books.exists() and target.samefile(books):
        raise UsageError("备份不能写在账簿自己上面，什么都没有变", remedies=("改：换一个文件名",))
    atomic.must_be_free(target, overwrite=settings.assume_yes)
    return target


def _examined(path: Path) -> Copied:
    """What a copy of this program's version is worth: SQLite's check, then everything recomputed."""
    problem = backup.damage(path)
    if problem is not None:
        return Copied(path, None, None, f"文件坏了：{problem}")
    with _opened(path) as books:
        verdict = verifying.verify(books)
        with books.reading() as tx:
            held = totals(tx)
    found = verdict.first_difference
    said = None if found is None else f"单位 {found.unit}，{found.field}：{found.detail}"
    return Copied(path, verdict, held, said)


def _version(made: Path, file: Path) -> int:
    """The version of a backup. Raises FileError for what is none, ConfigError for a newer one."""
    version = backup.version_in(made)
    if version == 0:
        raise FileError(f"{file} 不是账簿的备份，什么都没有变", remedies=("改：换一个文件",))
    if version > migrations.VERSION:
        raise ConfigError(
            f"{file} 是第 {version} 版的账簿，比这个程序（第 {migrations.VERSION} 版）新，什么都没有变",
            remedies=("改：换用新版的 gjj",),
        )
    return version


def _bring_up(made: Path) -> None:
    books = Books.open_to_upgrade(sqlite_url(made))
    try:
        books.write(books.bring_up)
    finally:
        books.close()


def _present(settings: Settings, path: Path) -> tuple[str, Totals | None]:
    """Who restores, and what the books hold now; (NOBODY, None) where they cannot be opened.

    Books that are whole but newer than this program, or taken by somebody, are refused like anywhere.
    """
    if not path.exists() or backup.version_in(path) == 0:
        return NOBODY, None
    try:
        books = Books.open_to_upgrade(sqlite_url(path), settings.wait_seconds)
    except FileError:
        return NOBODY, None
    try:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            who.must_be(session.ADMIN, what="恢复账簿")
            return who.name, totals(tx)
    except FileError:  # pages are broken that say who may
        return NOBODY, None
    finally:
        books.close()


def _agree(settings: Settings, now: Totals | None, found: Copied) -> None:
    """On a terminal, ask before books are replaced, naming units and money. Raises Refused when the answer is no."""
    if settings.assume_yes or not terminal.can_ask():
        return
    present = "打不开" if now is None else _said(now)
    held = "" if found.totals is None else _said(found.totals)
    if not terminal.ask(f"现在的账簿：{present}\n备份：{held}\n用备份换下现在的账簿吗"):
        raise Refused("没有换，账簿没有变", remedies=("可以：先备份现在的：gjj db backup",))


def _said(held: Totals) -> str:
    last = held.last_date or "还没有记账"
    return f"{held.units:,} 个单位，公积金 {money.show(held.fund_fen)}，暂收 {money.show(held.suspense_fen)}，{last}"


def _sign(settings: Settings, made: Path, who: str, found: Copied, kept: Path | None) -> None:
    """The audit line of a restore, in the books that are about to be swapped in."""
    left = "原来没有账簿" if kept is None else f"原来的账簿存为 {kept.name}"
    unknown = "；原来的账簿打不开，没有核对是谁" if who == NOBODY and kept is not None else ""
    detail = f"用备份恢复，{_anchor(found)}；{left}{unknown}"
    with _opened(made) as books:
        act = audit.Act(session.now(), settings.as_of, who, "db restore", detail)
        books.write(lambda tx: audit.write(tx, CENTRE, act), CENTRE)


def _note(settings: Settings, who: str, detail: str, target: Path) -> None:
    """The audit line of a backup; it is made already, so a refusal says that too."""
    act = audit.Act(session.now(), settings.as_of, who, "db backup", detail)
    try:
        with session.opened(settings) as books:
            books.write(lambda tx: audit.write(tx, CENTRE, act), CENTRE)
    except (FileError, Locked) as error:
        raise type(error)(
            f"备份写好了：{target}；只是操作日志没有记上这一笔", facts=(error.what,), remedies=error.remedies
        ) from error


def _anchor(found: Copied) -> str:
    return f"锚 {found.verdict.anchor[:16]}" if found.verdict else "没有锚"


@contextmanager
def _opened(path: Path) -> Iterator[Books]:
    books = Books.open(sqlite_url(path))
    try:
        yield books
    finally:
        books.close()
