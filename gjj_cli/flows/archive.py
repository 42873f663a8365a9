"""电子档案: attachments are looked at by content, kept by SHA-256, and numbered with the first of a case."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gjj_cli.case import Case
from gjj_cli.errors import FileError, Refused, UsageError
from gjj_cli.flows import session
from gjj_cli.rules.policy import Pack
from gjj_cli.store import counters, files, people
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables import CENTRE
from gjj_cli.workbook import gate

MAX_BYTES = 10 * gate.MB
_MAGIC = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
_LAST_SEQUENCE = 9_999_999  # seven digits a day (golden G39)


@dataclass(frozen=True)
class Attachment:
    kind: str
    name: str
    content: bytes


def read(pairs: Sequence[str], pack: Pack) -> list[Attachment]:
    """`KIND=FILE` pairs as attachments. Raises UsageError for an unknown kind, FileError for a file that is no
    jpg, png or pdf by its content, or is over 10 MiB."""
    known = (*pack.required_attachments, *pack.optional_attachments)
    attachments = []
    for pair in pairs:
        kind, equals, name = pair.partition("=")
        if not equals or kind not in known:
            raise UsageError(
                f"电子档案 {pair} 没有收：要写成 种类=文件",
                facts=(f"种类有：{'、'.join(known)}。",),
                remedies=(f"改：写成 {known[0]}=身份证.jpg",),
            )
        attachments.append(Attachment(kind, Path(name).name, _content(Path(name))))
    return attachments


def _content(path: Path) -> bytes:
    content = gate.load(path)
    if len(content) > MAX_BYTES:
        raise FileError(f"{path.name} 超过 10 MB，没有收", remedies=("改：压缩或者重新扫描，再交一次",))
    if not any(content.startswith(magic) for magic in _MAGIC):
        raise FileError(
            f"{path.name} 不是 jpg、png 或 pdf（看的是内容，不是名字），没有收", remedies=("改：换成扫描件或照片",)
        )
    return content


def satisfied(tx: Tx, unit: str, who: session.Actor, attached: Sequence[str], pack: Pack) -> dict[str, str]:
    """Every required kind and how it is met: `交来` with the case, `在案` with the 经办人. Raises Refused for one
    that is not; the administrator and one-person books need none."""
    met: dict[str, str] = {}
    for kind in pack.required_attachments:
        if kind in attached:
            met[kind] = "交来"
        elif who.user.id_number and people.agent_document_on_file(tx, unit, who.user.id_number, kind):
            met[kind] = "用登记在案的"
        elif who.user.role != session.ADMIN:
            raise Refused(
                f"缺电子档案「{kind}」，没有提交，账簿没有变",
                remedies=(f"改：再交一次，加 --attach {kind}=身份证.jpg（也可以是 png、pdf）",),
            )
    return met


def keep(tx: Tx, case: Case, attachments: Sequence[Attachment], org: str, as_of: date) -> None:
    """Keep a case's attachments; the first gives it its 扫描流水号 and 档案编号. Needs the unit and CENTRE."""
    for one in attachments:
        files.attach(tx, case.unit, case.case_no, one.kind, one.name, one.content)
    if attachments and case.scan_no is None:
        day = as_of.strftime("%Y%m%d")
        sequence = counters.take(tx, CENTRE, "archive", f"{org}{day}")
        if sequence > _LAST_SEQUENCE:
            raise Refused(f"{as_of} 的档案编号用完了，没有提交，账簿没有变", remedies=("可以：明天再交",))
        files.number_archive(tx, case.unit, case.case_no, uuid.uuid1().hex, f"{org}{day}{sequence:07d}")


def listed(met: Mapping[str, str]) -> str:
    """`经办人身份证件 1/1（用登记在案的）`, as the 受理回执 shows it."""
    return "、".join(f"{kind} 1/1" + ("" if how == "交来" else f"（{how}）") for kind, how in met.items())
