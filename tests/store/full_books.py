"""Books that hold at least one of every kind of thing, made through the flows: what verifying is tried on."""

from pathlib import Path

import pytest

from gjj_cli.business.checked import Asked
from gjj_cli.business.roster import ROSTER
from gjj_cli.case import Action
from gjj_cli.flows import archive, casework, receipting, remit, review, sample
from gjj_cli.store.cases import mark_printed
from gjj_cli.store.engine import Books
from gjj_cli.store.people import keep_agent_document
from tests.e2e.books import PNG, UNIT, M, Man, Office, adjusted, newcomer, no, open_office

OTHER = "0500002"
ID_CARD = "经办人身份证件"


def full_books(folder: Path) -> Path:
    """建账 of two units, receipts, month-ends (one paid, one refused), 补缴, every change of people, a transfer with
    money, a case with its file and attachment; one case withdrawn, one sent back, one waiting with 暂收 held."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        _make(open_office(folder / "books"))
    return folder / "books" / "gjj.db"


def _make(office: Office) -> None:
    men = {no(name): Man(str(4000 + 100 * place), cur="600.00", prior="400.00") for place, name in enumerate("ABCDEFG")}
    men[no("F")] = Man("5000", status="封存")
    men[no("G")] = Man("5000", paid="2025-03")
    office.unit(UNIT, men, day="2025-05-02", paid="2025-04", suspense="5000.00")
    office.unit(OTHER, {no("Z"): Man("6000", cur="10.00")}, day="2025-05-02", paid="2025-04")
    office.receive(UNIT, "20000.00", "2025-05-05")
    receipting.add(office.as_("admin", "2025-05-05"), "12.34", "20250505000009", None)
    remit.run(office.as_("admin", "2025-05-20"), None, M("2025-05"))
    months_owed = {"起始年月": "2025-04", "结束年月": "2025-04"}
    batch = {"补缴类型": "按月补缴", "补缴原因": "漏缴", "缴款方式": "暂收"}
    office.do("supplementary-payment", [{"个人账号": no("G"), **months_owed}], "2025-05-21", UNIT, batch=batch)
    office.do("base-adjustment", adjusted("2025-06", A="4500"), "2025-05-22", UNIT)
    office.do(
        "sealing", [{"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-06"}], "2025-05-23", UNIT, yes=True
    )
    office.do("unsealing", [{"个人账号": no("F"), "启封年月": "2025-06", "缴存基数": "5200"}], "2025-05-24", UNIT)
    office.do(
        "central-sealing",
        [{"个人账号": no("C"), "封存类型": "集中封存", "封存年月": "2025-06"}],
        "2025-05-25",
        UNIT,
        yes=True,
    )
    more = {"启缴年月": "2025-05", "婚姻状况": "已婚", "学历": "本科", "家庭住址": "韶关市", "家庭月收入": "9000.00",
            "固定电话": "0751-8880000", "邮政编码": "512000", "职业": "办事人员", "职称": "中级", "职务": "职员"}  # fmt: skip
    office.do("account-opening", [newcomer("5500", **more)], "2025-05-26", UNIT)
    moved = {"个人账号": no("B"), "转入单位账号": OTHER, "转移年月": "2025-06"}
    office.do("internal-transfer", [moved], "2025-05-27", UNIT)
    office.remit(UNIT, "2025-06", "2025-06-20")
    _open_cases(office, batch)
    office.verify()


def _open_cases(office: Office, batch: dict[str, str]) -> None:
    """With a file and an attachment; withdrawn, sent back, and one that holds 暂收."""
    clerk = office.as_("clerk", "2025-06-21")
    path = office.home / "封存.csv"
    path.write_text(
        f"个人账号,姓名,封存原因,封存年月\n{no('D')},{office.man(UNIT, no('D'))['name']},其他,2025-07\n", "utf-8"
    )
    scans = [archive.Attachment(ID_CARD, "证件.png", PNG)]
    asked = Asked(clerk.as_of, ROSTER["sealing"], UNIT)
    filed = casework.submit(clerk, casework.of_file(path, asked, scans))
    assert filed.case is not None, casework.findings_in_words(filed.checked.judged)
    office.approve(filed.case.case_no, "2025-06-21")
    office.finish(filed.case.case_no, "2025-06-21")
    taken_back = office.submit("base-adjustment", adjusted("2025-07", E="4600"), "2025-06-22", UNIT).case
    assert taken_back is not None
    review.act(clerk, [taken_back.case_no], Action.WITHDRAW)
    sent_back = office.submit("base-adjustment", adjusted("2025-07", E="4700"), "2025-06-23", UNIT).case
    assert sent_back is not None
    review.act(office.as_("first", "2025-06-23"), [sent_back.case_no], Action.REJECT, reason="基数不对")
    newest = max(office.everybody(UNIT), key=lambda row: str(row["account"]))["account"]  # opened with a month owed
    months_owed = {"起始年月": "2025-05", "结束年月": "2025-05"}
    held = office.submit(
        "supplementary-payment", [{"个人账号": newest, **months_owed}], "2025-06-24", UNIT, batch=batch
    )
    assert held.case is not None, casework.findings_in_words(held.checked.judged)
    books = Books.open(office.settings.books())
    with books.writing(UNIT) as tx:
        mark_printed(tx, UNIT, filed.case.case_no, "2025-06-21T10:00:00+08:00")
        keep_agent_document(tx, UNIT, sample.CLERK_ID, ID_CARD, "身份证.png", PNG)
    books.close()
