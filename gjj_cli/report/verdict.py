"""What `gjj ledger verify` says: one line when all is well, else the first difference in a clerk's words."""

import json
from dataclasses import asdict

from gjj_cli import terminal
from gjj_cli.ledger.verdict import Verdict

FIELDS = {
    "account": "个人账号",
    "actor": "经手人",
    "agent": "经办人",
    "amount_fen": "金额",
    "at_unit": "账户所在单位",
    "audit_head": "操作日志的末尾",
    "audit_log": "操作日志",
    "base_fen": "缴存基数",
    "base_history": "缴存基数",
    "batch": "批次信息",
    "business": "业务",
    "carried_through": "转入时的个人缴至年月",
    "case_event": "办理经过",
    "case_no": "受理号",
    "change_event": "变更查询",
    "closed_by": "终止参缴的业务",
    "content": "内容",
    "content_hash": "内容摘要",
    "cur_fen": "当年归集",
    "date": "日期",
    "delta_fen": "变化缴存额",
    "due_personal_fen": "个人应缴",
    "due_unit_fen": "单位应缴",
    "effective_month": "生效年月",
    "employee": "职工",
    "employee_balance": "个人余额",
    "enrolment": "参缴区间",
    "entry_no": "凭证流水",
    "file_sha256": "原件摘要",
    "finished_at": "办结时间",
    "finished_date": "办结日期",
    "first_by": "初审人",
    "first_month": "首次汇缴年月",
    "from_month": "起始年月",
    "fund_fen": "公积金余额",
    "hash": "凭证内容",
    "head_hash": "凭证链的末尾",
    "heads": "人数",
    "id_hash": "证件",
    "id_number": "证件号码",
    "imported_through": "建账时的个人缴至年月",
    "last_posting_date": "最后记账日",
    "last_voucher": "缴款凭证",
    "memo": "摘要",
    "month": "记账年月",
    "n": "分录序号",
    "name": "姓名或名称",
    "next_audit_no": "操作日志的下一个序号",
    "next_entry_no": "下一个凭证流水",
    "next_no": "编号",
    "no": "凭证流水",
    "opened_by": "开始参缴的业务",
    "org": "管理机构",
    "paid_through": "缴至年月",
    "person": "全中心名册",
    "person_month": "已缴月份",
    "post_key": "记账关键字",
    "prev_hash": "凭证链",
    "prior_fen": "上年结转",
    "rate_history": "缴存比例",
    "receipt": "到账登记",
    "reserved_fen": "在途占用",
    "second_by": "复核人",
    "seq": "序号",
    "state": "状态",
    "status": "状态",
    "submitted_at": "提交时间",
    "submitted_by": "提交人",
    "suspense_fen": "暂收户余额",
    "to_month": "终止年月",
    "totals": "合计",
    "transfer_id": "转移号",
    "unit_event": "单位明细",
    "voucher": "凭证",
    "voucher_counter": "凭证号",
    "voucher_no": "凭证号",
}


def as_text(verdict: Verdict) -> str:
    found = verdict.first_difference
    if found is None:
        counted = f"{verdict.units:,} 个单位，{verdict.vouchers:,} 张凭证，{verdict.lines:,} 行分录"
        return terminal.wrap(f"账簿核对无误：{counted}，锚 {verdict.anchor[:16]}")
    where = [f"单位 {found.unit}"] if found.unit else []
    if found.voucher is not None:
        named = (
            f"凭证 {found.voucher_ref}（第 {found.voucher} 号）" if found.voucher_ref else f"第 {found.voucher} 号凭证"
        )
        where.append(named)
    where.append(FIELDS.get(found.field, found.field))
    return terminal.wrap(f"账簿对不上：{'，'.join(where)}") + "\n" + terminal.wrap(found.detail)


def as_json(verdict: Verdict) -> str:
    """`gjj.verify/1`: the anchor whole (64 hex characters), the difference with its machine names."""
    found = verdict.first_difference
    body = {
        "schema": "gjj.verify/1",
        "ok": verdict.ok,
        "units": verdict.units,
        "vouchers": verdict.vouchers,
        "lines": verdict.lines,
        "anchor": verdict.anchor,
        "difference": None if found is None else asdict(found),
    }
    return json.dumps(body, ensure_ascii=False) + "\n"
