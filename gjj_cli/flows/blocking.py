"""What open cases refuse: a case whose people or person-months stand in one that is not over (semantics 1.12)."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from gjj_cli import case as rules
from gjj_cli.business.names import BY_SLUG
from gjj_cli.business.spec import Business
from gjj_cli.errors import Refused
from gjj_cli.store import frames
from gjj_cli.store.engine import Tx
from gjj_cli.store.register import identity_hash


def refuse(tx: Tx, business: Business, frame: pl.DataFrame, units: Sequence[str]) -> None:
    """Raises Refused for an open case of these units that excludes this one; E604 for the same person-month."""
    mine = set(_people(frame))
    for other in frames.open_case_rows(tx, units).to_dicts():
        same = other["account"] in mine or other["id_hash"] in mine
        if other["business"] == business.slug == "supplementary-payment" and same and _overlaps(frame, other):
            raise Refused(
                f"没有提交，账簿没有变：有人的同一个月已经在 {other['case_no']}（{other['state']}）里",
                code="E604",
                remedies=(f"可以：先撤回那一笔：gjj case withdraw {other['case_no']}",),
            )
        block = rules.blocks_change(other["business"], business.slug, same_person=same)
        if block is not None:
            title = BY_SLUG[other["business"]].title
            raise Refused(
                f"没有提交，账簿没有变：{title} {other['case_no']} {other['state']}，{block.why}",
                code=block.code,
                remedies=(f"可以：先办完它：gjj case show {other['case_no']}",),
            )


def _people(frame: pl.DataFrame) -> list[str]:
    if "book.account" in frame.columns:
        return [account for account in frame["book.account"].to_list() if account]
    return [identity_hash(*row) for row in frame.select("doc_type", "id_number").rows()]


def _overlaps(frame: pl.DataFrame, other: Mapping[str, Any]) -> bool:
    last = other["end_month"] or other["effective_month"]
    return not frame.filter(
        (pl.col("book.account") == other["account"])
        & (pl.col("start_month") <= last)
        & (pl.col("end_month") >= other["effective_month"])
    ).is_empty()
