"""What the server says no with, each by a real error of a real server: done again, waited for, or put in words."""

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from gjj_cli import month as months
from gjj_cli.errors import ConfigError, Exit, FileError, GjjError, Locked
from gjj_cli.store.engine import Books, Tx, set_setting, setting
from gjj_cli.store.verify import verify
from tests.postgres import APPLICATION, CANARY, OWNER, PASSWORDED, Database, Server
from tests.store.small_books import PEOPLE, bring_in, remit, unit

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database(postgres: Server) -> Database:
    made = postgres.database()
    Books.create(made.url, "gjj test", made.owner).close()
    books = Books.open(made.url)
    bring_in(books, [unit()], PEOPLE)
    books.close()
    return made


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    opened = Books.open(database.url, wait=1)
    yield opened
    opened.close()


@pytest.fixture
def admin(postgres: Server, database: Database) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(postgres.url("postgres", database.name), autocommit=True) as connection:
        yield connection


@pytest.fixture
def terminate(admin: "psycopg.Connection[tuple[object, ...]]") -> Callable[[], None]:
    """Ends every session of gjj, as an administrator or a restart does."""

    def end() -> None:
        sessions = "FROM pg_stat_activity WHERE application_name = 'gjj' AND datname = current_database()"
        admin.execute(f"SELECT pg_terminate_backend(pid, 5000) {sessions}".encode())

    return end


def says_once(state: str) -> tuple[Callable[[Tx], str], list[int]]:
    """Work that the server refuses with an SQLSTATE the first time it is done."""
    tries: list[int] = []

    def work(tx: Tx) -> str:
        tries.append(1)
        set_setting_as_owner(tx)
        if len(tries) == 1:
            say(tx, state)
        return "done"

    return work, tries


def set_setting_as_owner(tx: Tx) -> None:
    set_setting(tx, "tried", "1")


def say(tx: Tx, state: str) -> None:
    tx.connection.exec_driver_sql(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$")


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "08006", "57P01", "57P03"])
def test_what_was_sent_back_is_done_again_whole(books: Books, state: str) -> None:
    work, tries = says_once(state)
    assert books.write(work, "0500001") == "done"
    assert len(tries) == 2


def test_and_in_the_end_it_is_said(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gjj_cli.store.engine._PAUSES_BEFORE_AGAIN", (0.0, 0.0))
    with pytest.raises(Locked, match="账簿没有变"):
        books.write(lambda tx: say(tx, "40P01"), "0500001")
    with pytest.raises(FileError, match="账簿没有变"):
        books.write(lambda tx: say(tx, "08006"), "0500001")


@pytest.mark.parametrize(
    ("state", "exit", "word"),
    [
        ("53100", Exit.FILE, "没有空间"),
        ("53200", Exit.FILE, "没有空间"),
        ("53300", Exit.FILE, "连接"),
        ("57014", Exit.FILE, "叫停"),
        ("25006", Exit.FILE, "只能读"),
        ("XX001", Exit.FILE, "坏了"),
        ("42501", Exit.CONFIG, "没有权限"),
        ("42704", Exit.CONFIG, "没有权限"),
    ],
)
def test_each_refusal_in_words(books: Books, state: str, exit: Exit, word: str) -> None:
    with pytest.raises(GjjError, match=word) as refused:
        books.write(lambda tx: say(tx, state), "0500001")
    assert refused.value.exit == exit
    assert "账簿没有变" in refused.value.what
    assert all(remedy.startswith(("改：", "可以：")) for remedy in refused.value.remedies)
    assert (refused.value.what + "".join(refused.value.remedies)).encode("gbk")


@pytest.mark.parametrize("state", ["23505", "42601", "XX000"])
def test_what_can_only_be_our_bug_is_raised_as_one(books: Books, state: str) -> None:
    with pytest.raises(DBAPIError):
        books.write(lambda tx: say(tx, state), "0500001")


def test_a_real_deadlock_is_done_again(books: Books, database: Database) -> None:
    """Both hold a row and want the other's; the server sends one of them back."""
    both = threading.Barrier(2, timeout=10)
    tries = {"a": 0, "b": 0}

    def work(name: str, first: str, second: str) -> None:
        def cross(tx: Tx) -> None:
            tries[name] += 1
            lock = "UPDATE counter SET next_no = next_no + 1 WHERE unit = '0500001' AND kind = %s"
            tx.connection.exec_driver_sql(lock, (first,))
            if tries[name] == 1:
                both.wait()
            tx.connection.exec_driver_sql(lock, (second,))

        opened = Books.open(database.url, wait=5)
        opened.write(cross)
        opened.close()

    with books.writing("0500001") as tx:
        for kind in ("x", "y"):
            tx.connection.exec_driver_sql(
                "INSERT INTO counter VALUES ('0500001', %s, '', 1) ON CONFLICT DO NOTHING", (kind,)
            )
    with psycopg.connect(database.owner.replace("+psycopg", "")) as raw:
        before = raw.execute("SELECT sum(next_no) FROM counter WHERE kind IN ('x', 'y')").fetchone()
    threads = [threading.Thread(target=work, args=args) for args in (("a", "x", "y"), ("b", "y", "x"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(tries.values()) == [1, 2]
    with psycopg.connect(database.owner.replace("+psycopg", "")) as raw:
        after = raw.execute("SELECT sum(next_no) FROM counter WHERE kind IN ('x', 'y')").fetchone()
        raw.execute("DELETE FROM counter WHERE kind IN ('x', 'y')")  # the other tests' books verify
    assert before is not None and after is not None and after[0] - before[0] == 4


def test_a_session_ended_in_the_middle_of_a_post(books: Books, terminate: Callable[[], None]) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> str | None:
        tries.append(1)
        set_setting(tx, "after_the_end", str(len(tries)))
        if len(tries) == 1:
            terminate()
        return setting(tx, "after_the_end")

    assert books.write(work, "0500001") == "2"


def test_a_session_that_is_gone_has_nothing_to_roll_back(books: Books, terminate: Callable[[], None]) -> None:
    """A reader that has read, a dry run, a refusal: each ends as it would have."""
    with books.reading() as tx:
        assert setting(tx, "schema_version") is not None
        terminate()
    assert books.write(lambda tx: terminate(), "0500001", dry_run=True) is None

    def refuse(tx: Tx) -> None:
        terminate()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        books.write(refuse, "0500001")
    assert verify(books).ok


def test_a_commit_without_an_answer_is_unknown_and_the_rerun_knows(
    books: Books, admin: "psycopg.Connection[tuple[object, ...]]", terminate: Callable[[], None]
) -> None:
    """The commit is on the disk and waits for a standby that is not there; then the session is ended."""

    def end_while_it_waits() -> None:
        waiting = b"SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        deadline = time.monotonic() + 10
        while not admin.execute(waiting).fetchone() and time.monotonic() < deadline:
            time.sleep(0.01)
        terminate()

    admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    admin.execute("SELECT pg_reload_conf()")
    ending = threading.Thread(target=end_while_it_waits)
    try:
        ending.start()
        with pytest.raises(FileError, match="不知道这一笔记上没有") as refused:
            while True:  # until the server has read its configuration
                books.write(lambda tx: set_setting(tx, "waited", "1"))
                time.sleep(0.01)
        assert refused.value.exit == Exit.FILE
        assert any("再跑同一条命令" in remedy for remedy in refused.value.remedies)
    finally:
        ending.join()
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        admin.execute("SELECT pg_reload_conf()")
    with books.reading() as tx:
        assert setting(tx, "waited") == "1"


def test_a_commit_that_citus_could_not_carry_out_is_done_again(
    books: Books, admin: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    """XX000 at COMMIT, made by a deferred trigger that refuses once (a sequence does not roll back)."""
    admin.execute(
        "CREATE SEQUENCE refused; GRANT ALL ON SEQUENCE refused TO PUBLIC;"
        "CREATE FUNCTION refuse_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('refused') = 1 THEN RAISE 'could not commit' USING ERRCODE = 'XX000'; END IF;"
        " RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT OR UPDATE ON meta"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_once()"
    )
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(1)
        set_setting(tx, "at_commit", "1")

    try:
        books.write(work)
    finally:
        admin.execute("DROP TRIGGER at_commit ON meta; DROP FUNCTION refuse_once; DROP SEQUENCE refused")
    assert len(tries) == 2


def test_after_a_restart_the_next_post_is_done(postgres: Server, books: Books) -> None:
    with books.reading():
        pass  # leaves a connection in the pool
    postgres.restart()
    books.wait = 0
    assert books.write(lambda tx: setting(tx, "schema_version"), "0500001")


def test_a_server_that_is_down_is_waited_for_no_longer_than_asked(postgres: Server, books: Books) -> None:
    postgres.stop()
    try:
        began = time.monotonic()
        with pytest.raises(FileError, match="没有回应") as refused:
            books.write(lambda tx: None, "0500001")
        assert (refused.value.exit, 1 <= time.monotonic() - began < 5) == (Exit.FILE, True)
        coming = threading.Timer(0.5, postgres.start)
        coming.start()
        books.wait = 20
        books.write(lambda tx: None, "0500001")
        coming.join()
    finally:
        if not (postgres.data / "postmaster.pid").exists():
            postgres.start()


def test_passwords(postgres: Server, database: Database) -> None:
    made = postgres.database(application=PASSWORDED)
    right = made.url.replace(f"{PASSWORDED}@", f"{PASSWORDED}:{CANARY}@")
    with pytest.raises(ConfigError, match=f"不让用户 {PASSWORDED}"):  # nothing is made that the application cannot use
        Books.create(made.url.replace(f"{PASSWORDED}@", f"{PASSWORDED}:{CANARY}x@"), "test", made.owner)
    Books.create(right, "test", made.owner).close()
    books = Books.open(right)
    assert CANARY not in books.where
    books.close()


def test_a_role_that_may_not(postgres: Server, database: Database) -> None:
    """Who has no rights in the books, and who may make no tables."""
    other = postgres.database(application="gjj_stranger")
    with pytest.raises(ConfigError, match="没有权限"):
        Books.open(postgres.books_url("gjj_stranger", database.name))
    with pytest.raises(ConfigError, match="没有权限") as refused:
        Books.create(other.url, "test")
    assert any("GJJ_DB_OWNER" in remedy for remedy in refused.value.remedies)


def test_a_hot_standby_is_read_and_not_written(postgres: Server, database: Database) -> None:
    follower = postgres.standby()
    try:
        books = Books.open(follower.books_url(APPLICATION, database.name))
        assert verify(books).ok
        with pytest.raises(FileError, match="只能读"):
            remit(books, months.of(2025, 9))
        books.close()
    finally:
        follower.remove()


def test_a_database_that_cannot_hold_chinese(postgres: Server) -> None:
    with psycopg.connect(postgres.url("postgres", "postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE plain OWNER {OWNER} TEMPLATE template0 ENCODING 'SQL_ASCII'".encode())
    with pytest.raises(ConfigError, match="SQL_ASCII"):
        Books.create(postgres.books_url(OWNER, "plain"), "test")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{CANARY}@h:port/x",
        f"postgresql:u:{CANARY}@h",
        f"oracle://u:{CANARY}@h/x",
        f"postgresql://u@h?password={CANARY}",
        f"postgresql+asyncpg://u:{CANARY}@h/x",
    ],
)
def test_no_password_is_repeated(url: str) -> None:
    for called in (lambda: Books.open(url), lambda: Books.create("postgresql://h/x", "test", url)):
        with pytest.raises(ConfigError) as refused:
            called()
        assert CANARY not in refused.value.what + "".join(refused.value.facts + refused.value.remedies)
