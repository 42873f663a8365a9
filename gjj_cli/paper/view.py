"""What a 回单 shows, as plain values: flows fill a `Receipt` from the books, `pdf` lays it out, `seal` signs it."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Literal

from gjj_cli import money, month

Align = Literal["left", "center", "right"]
Pair = tuple[str, str]

NOTHING = "-"  # a cell that has nothing to say
WIDE = 32  # a value wider than this many half-width columns takes the whole line of the grid


@dataclass(frozen=True)
class Column:
    """One column of the table: its header, how its cells align, and its share of the page's width."""

    header: str
    align: Align
    width: int


@dataclass(frozen=True)
class Table:
    """The lines of a 回单, every cell already text; `total` is the 合计 line, one cell a column."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for row in (*self.rows, *((self.total,) if self.total else ())):
            if len(row) != len(self.columns):
                raise ValueError(f"{len(row)} cells for {len(self.columns)} columns")

    @property
    def width(self) -> int:
        return sum(column.width for column in self.columns)


@dataclass(frozen=True)
class Receipt:
    """One 回单. `case_no` is the 受理号, printed as 业务流水号; `operator` did the business (not who prints it).

    `voucher_nos` is empty when the business posts nothing; `amount_fen` (分) is None when no money moves, otherwise
    it is printed in figures and in words under `amount_label`. `as_of_note` says that the business date is not the
    day of work and names that day. `notes` are further small lines (an unverified limit). `reprint` is 补打;
    `reversed_by` says what has been taken back of it since, a line a voucher, `reversed_whole` that it was all of it.
    """

    kind: Literal["remittance", "case"]
    title: str
    centre: str
    unit: str
    unit_name: str
    org: str
    case_no: str
    business: str
    business_date: date
    operator: str
    table: Table
    heads: int
    summary: str
    voucher_nos: tuple[str, ...] = ()
    method: str | None = None
    facts: tuple[Pair, ...] = ()
    amount_label: str = "金额"
    amount_fen: int | None = None
    notes: tuple[str, ...] = ()
    as_of_note: str | None = None
    solo: bool = False
    sample: bool = False
    reprint: bool = False
    reversed_by: tuple[str, ...] = ()
    reversed_whole: bool = False

    @property
    def reversal_mark(self) -> str:
        """The mark at the top of a paper whose vouchers have been reversed."""
        return ("已冲销" if self.reversed_whole else "部分冲销") if self.reversed_by else ""


def canonical(receipt: Receipt) -> bytes:
    """The bytes the seal covers: everything the 回单 shows except what came later (补打, 冲销), so that a reprint keeps
    its 验证码."""
    data = asdict(replace(receipt, reprint=False))
    del data["reversed_by"], data["reversed_whole"]
    data["business_date"] = receipt.business_date.isoformat()
    return json.dumps(["gjj.receipt/1", data], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# What the page says, in order


def head_lines(receipt: Receipt) -> list[tuple[Pair, ...]]:
    """The grid above the table: lines of one wide pair or of two pairs of label and value."""
    day = receipt.business_date
    lead = [("单位账号", receipt.unit), ("管理机构", receipt.org)]
    rest = [
        ("业务", receipt.business),
        ("凭证号", "、".join(receipt.voucher_nos) or "本业务不记账"),
        ("业务日期", day.isoformat()),
        ("日期（大写）", month.date_in_words(day)),
        *receipt.facts,
    ]
    return [*_grid(lead), (("单位名称", receipt.unit_name),), *_grid(rest)]


def settlement_lines(receipt: Receipt) -> list[tuple[Pair, ...]]:
    """The grid below the table, before the amount: how it was paid, and heads."""
    method = [("缴款方式", receipt.method)] if receipt.method else []
    return _grid([*method, ("人数", f"{receipt.heads:,} 人")])


def amount_lines(receipt: Receipt) -> tuple[Pair, ...]:
    """The amount in figures and in words; nothing when no money moves."""
    if receipt.amount_fen is None:
        return ()
    figures, words = money.show(receipt.amount_fen), money.in_words(receipt.amount_fen)
    return ((receipt.amount_label, f"￥{figures}"), ("金额（大写）", words))


def note_lines(receipt: Receipt) -> list[str]:
    """The small print: what a reader must know about these books before trusting the stamp."""
    notes = [*receipt.reversed_by, *receipt.notes]
    if receipt.as_of_note:
        notes.append(receipt.as_of_note)
    if receipt.solo:
        notes.append("本账簿由一人办理，未分人审核。")
    if receipt.sample:
        notes.append("示例账簿的数据，不作凭证。")
    return notes


def texts(receipt: Receipt) -> list[str]:
    """Every text from data that the page prints, for the check that each character has a glyph."""
    cells = [cell for row in receipt.table.rows for cell in row]
    lines = (*head_lines(receipt), *settlement_lines(receipt), amount_lines(receipt))
    pairs = [text for line in lines for pair in line for text in pair]
    headers = [column.header for column in receipt.table.columns]
    edge = [receipt.title, receipt.centre, receipt.operator, receipt.summary, receipt.table.title]
    return [*pairs, *headers, *cells, *(receipt.table.total or ()), *edge, *note_lines(receipt)]


def visible(text: str) -> str:
    """The text with every character that has no ink but can mislead (bidi marks, zero widths, controls) spelled out."""
    return "".join(f"[U+{ord(char):04X}]" if unicodedata.category(char) in _INKLESS else char for char in text)


_INKLESS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _grid(pairs: Iterable[Pair]) -> list[tuple[Pair, ...]]:
    """Two pairs a line, in order; a value too long for half a line has a line to itself."""
    lines: list[tuple[Pair, ...]] = []
    room = False  # whether the last line is one short pair, which another may join
    for pair in pairs:
        short = _width(pair[1]) <= WIDE
        if room and short:
            lines[-1] = (*lines[-1], pair)
        else:
            lines.append((pair,))
        room = short and not room
    return lines


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


# The tables of the businesses


@dataclass(frozen=True)
class MonthLine:
    """One month of a 汇缴: heads, and both sides in 分."""

    month: month.Month
    heads: int
    unit_fen: int
    employee_fen: int


@dataclass(frozen=True)
class PersonLine:
    """One person of a case: `before` and `after` are text, `change_fen` is the change of 月缴存额 in 分, or None."""

    account: str
    name: str
    id_masked: str
    before: str
    after: str
    change_fen: int | None


@dataclass(frozen=True)
class ArrearsLine:
    """One person of a 补缴: the months paid for, both included, and both sides in 分."""

    account: str
    name: str
    id_masked: str
    first: month.Month
    last: month.Month
    unit_fen: int
    employee_fen: int


_PERSON = (
    Column("序号", "center", 7),
    Column("个人账号", "center", 18),
    Column("姓名", "left", 22),
    Column("证件号码", "center", 25),
)


def months_table(lines: Sequence[MonthLine]) -> Table:
    """汇缴明细, one line a month; the 合计 line has no heads, because the same people are in each month."""
    rows = tuple(
        (
            month.show(line.month),
            f"{line.heads:,}",
            money.show(line.unit_fen),
            money.show(line.employee_fen),
            money.show(line.unit_fen + line.employee_fen),
        )
        for line in lines
    )
    unit, employee = sum(line.unit_fen for line in lines), sum(line.employee_fen for line in lines)
    return Table(
        "汇缴明细（元）",
        (
            Column("汇缴年月", "center", 18),
            Column("人数", "right", 14),
            Column("单位部分", "right", 22),
            Column("个人部分", "right", 22),
            Column("金额", "right", 24),
        ),
        rows,
        (f"合计 {len(lines)} 个月", NOTHING, money.show(unit), money.show(employee), money.show(unit + employee)),
    )


def people_table(lines: Sequence[PersonLine], before: str, after: str, *, change: str = "变化缴存额") -> Table:
    """办理明细, one line a person; `before` and `after` are headers. Without changes in money no such column."""
    moves = any(line.change_fen is not None for line in lines)
    rows = tuple(
        (
            str(number),
            line.account,
            line.name,
            line.id_masked,
            line.before,
            line.after,
            *((NOTHING if line.change_fen is None else money.show(line.change_fen),) if moves else ()),
        )
        for number, line in enumerate(lines, 1)
    )
    total: tuple[str, ...] = ("合计", f"{len(lines):,} 人", "", "", "", "")
    if moves:
        total = (*total, money.show(sum(line.change_fen or 0 for line in lines)))
    columns = (*_PERSON, Column(before, "center", 17), Column(after, "center", 17))
    return Table("办理明细（元）", (*columns, Column(change, "right", 20)) if moves else columns, rows, total)


def arrears_table(lines: Sequence[ArrearsLine]) -> Table:
    """补缴明细, one line a person and run of months."""
    rows = tuple(
        (
            str(number),
            line.account,
            line.name,
            line.id_masked,
            _span(line.first, line.last),
            money.show(line.unit_fen),
            money.show(line.employee_fen),
            money.show(line.unit_fen + line.employee_fen),
        )
        for number, line in enumerate(lines, 1)
    )
    unit, employee = sum(line.unit_fen for line in lines), sum(line.employee_fen for line in lines)
    money_columns = tuple(Column(header, "right", 16) for header in ("单位部分", "个人部分", "金额"))
    return Table(
        "补缴明细（元）",
        (*_PERSON, Column("补缴年月", "center", 24), *money_columns),
        rows,
        (
            *("合计", f"{len(lines):,} 笔", "", "", ""),
            *(money.show(unit), money.show(employee), money.show(unit + employee)),
        ),
    )


@dataclass(frozen=True)
class ReversalLine:
    """One voucher of a 红字冲销: what was taken back, and by which voucher; `amount_fen` is negative."""

    voucher_no: str
    day: date
    memo: str
    amount_fen: int
    reversing_no: str


def reversal_table(lines: Sequence[ReversalLine]) -> Table:
    """冲销明细, one line a voucher; the two sides of a transfer are two lines, so there is no 合计."""
    rows = tuple(
        (line.voucher_no, line.day.isoformat(), line.memo, money.show(line.amount_fen), line.reversing_no)
        for line in lines
    )
    return Table(
        "冲销明细（元）",
        (
            Column("原凭证号", "center", 24),
            Column("原日期", "center", 14),
            Column("原摘要", "left", 28),
            Column("金额", "right", 18),
            Column("冲销凭证号", "center", 24),
        ),
        rows,
    )


def _span(first: month.Month, last: month.Month) -> str:
    return month.show(first) if first == last else f"{month.show(first)} 至 {month.show(last)}"
