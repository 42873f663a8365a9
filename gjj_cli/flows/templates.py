"""`gjj template export`: the standard workbooks, empty or filled from the books as the hall fills them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from gjj_cli.business.names import SETUP
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business
from gjj_cli.errors import FileError, Refused, UsageError
from gjj_cli.flows import asking, session
from gjj_cli.flows import register as registers
from gjj_cli.flows.context import pack_for
from gjj_cli.posting import arrears
from gjj_cli.posting.register import Register
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.workbook import template

NORMAL, SEALED = "正常", "封存"


@dataclass(frozen=True)
class Exported:
    """One written workbook; `heads` is None for an empty one."""

    path: Path
    business: Business | None
    unit: str | None
    heads: int | None


def export(
    settings: Settings,
    names: Sequence[str],
    folder: Path,
    *,
    unit: str | None = None,
    prefill: bool = False,
    values: Mapping[str, str] | None = None,
) -> list[Exported]:
    """Export the named templates (business or 建账) into a folder.

    Raises FileError for a file that is there already (unless --yes), UsageError for an unknown name, Refused for a
    business that cannot be prefilled.
    """
    pack = pack_for(settings)
    named = [asking.business_named(name) for name in names if name not in (SETUP, "setup")]
    asking.must_take([business for business in named if business], values or {}, columns=True)
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} 是文件，不是文件夹，没有导出", remedies=("改：-o 写一个文件夹",))
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Exported] = []
    for name in names:
        if name in (SETUP, "setup"):
            path = _free(folder / f"{SETUP}.xlsx", settings)
            template.export_setup(pack, path)
            made.append(Exported(path, None, None, None))
            continue
        business = asking.business_named(name)
        if business is None:
            raise UsageError("要说明导出哪张模板", remedies=("可以：" + "、".join(b.title for b in ROSTER.values()),))
        made.append(_one(settings, business, folder, unit, prefill, values or {}, pack))
    return made


def _one(
    settings: Settings,
    business: Business,
    folder: Path,
    unit: str | None,
    prefill: bool,
    values: Mapping[str, str],
    pack: Pack,
) -> Exported:
    rows: list[dict[str, object]] = []
    if prefill:
        unit, rows = _prefilled(settings, business, unit, pack)
    constant = {column.slug: values[column.header] for column in business.columns if column.header in values}
    batch = {column.slug: values[column.header] for column in business.batch if column.header in values}
    path = _free(folder / template.file_name(business, unit), settings)
    template.export(business, pack, path, unit=unit, rows=[row | constant for row in rows], batch=batch)
    return Exported(path, business, unit, len(rows) if prefill else None)


def _free(path: Path, settings: Settings) -> Path:
    if path.exists() and not settings.assume_yes:
        raise FileError(f"{path} 已经有了，没有改写", remedies=("改：先挪开它；不要它了，加 --yes 再跑同一条命令",))
    return path


def _prefilled(
    settings: Settings, business: Business, unit: str | None, pack: Pack
) -> tuple[str, list[dict[str, object]]]:
    """The rows the hall would list for this business and unit (手册 一.4, 二.8): slug -> value."""
    if business.prefill is None:
        raise Refused(
            f"「{business.title}」不能从账簿填，没有导出",
            remedies=(f"改：导出空表来填：gjj template export {business.title}",),
        )
    with session.reading(settings) as (tx, who):
        number = session.unit_for(tx, who, unit)
        register = registers.load(tx, [number])
    if business.prefill == "arrears":
        return number, _arrears(register, pack)
    return number, _people(register, business, number, pack)


def _people(register: Register, business: Business, unit: str, pack: Pack) -> list[dict[str, object]]:
    """Employees of the wanted state with what the books know of them at 应汇缴年月."""
    states = {"normal": (NORMAL,), "sealed": (SEALED,), "sealable": (NORMAL, SEALED)}[business.prefill or "normal"]
    people = register.employees.filter(pl.col("status").is_in(states))
    due = register.due_of(unit)
    bases = register.bases.sort("from_month", "seq").group_by("unit", "employee").agg(pl.col("base_fen").last())
    people = people.join(bases, on=["unit", "employee"], how="left", maintain_order="left")
    if due is not None:
        month = pl.DataFrame({"unit": [unit], "month": [due]}, schema={"unit": pl.String, "month": pl.Int32})
        monthly = register.monthly(month, pack).select("unit", "employee", "amount_fen")
        people = people.join(monthly, on=["unit", "employee"], how="left", maintain_order="left")
    base = {"base": "base_fen", "old_base": "base_fen"} if business.slug != "unsealing" else {}
    source = {"account": "employee", "monthly_amount": "amount_fen", "balance": "balance_fen", **base}
    wanted = [column.slug for column in business.columns]
    known = {slug: source.get(slug, slug) for slug in wanted if source.get(slug, slug) in people.columns}
    return [{slug: row[name] for slug, name in known.items()} for row in people.sort("employee").to_dicts()]


def _arrears(register: Register, pack: Pack) -> list[dict[str, object]]:
    """获取单位补缴人员: one row for each run of 欠缴月 of a 正常 employee."""
    runs = arrears.runs(register.short(pack)).join(
        register.employees.filter(pl.col("status") == NORMAL), on=["unit", "employee"], how="inner"
    )
    return [
        {
            "account": row["employee"],
            "name": row["name"],
            "doc_type": row["doc_type"],
            "id_number": row["id_number"],
            "start_month": row["start_month"],
            "end_month": row["end_month"],
            "personal_amount": row["personal_fen"],
            "unit_amount": row["unit_fen"],
            "total_amount": row["personal_fen"] + row["unit_fen"],
        }
        for row in runs.sort("employee", "start_month").to_dicts()
    ]
