"""JSON Schemas of what gjj prints as JSON, for `gjj help validation`, `case` and so on."""

import json
from typing import Any

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_FEN = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "description": "元，两位小数，没有千分位"}
_MONTH = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_CODE = {"type": "string", "pattern": "^[EWI][0-9]{3}$"}
_SHA256 = {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"}
_SEVERITY = {"enum": ["error", "warning", "info"]}


def _object(about: str, properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these keys and no other."""
    return {
        "description": about,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_FINDING = _object(
    "一处错误、警告或说明；关于整个文件的，sheet、cell、row、column 是 null",
    {
        "code": _CODE,
        "severity": _SEVERITY,
        "sheet": _MAYBE,
        "cell": {"type": ["string", "null"], "pattern": "^[A-Z]{1,3}[1-9][0-9]*$"},
        "row": {"type": ["integer", "null"], "minimum": 1},
        "column": {"type": ["string", "null"], "description": "表头"},
        "value": {"type": ["string", "null"], "description": "格里的内容，证件号码、手机号码和账号遮住中间"},
        "message": _TEXT,
        "hint": {"type": "string", "description": "怎么改"},
        "basis": {"type": "string", "description": "依据"},
        "verified": {"type": "boolean", "description": "false：对照的数是示例值，没有核实"},
    },
)
_TOTALS = {"description": "表头：合计", "type": "object", "additionalProperties": _FEN}

_FILE = _object(
    "一个文件",
    {
        "file": _TEXT,
        "sha256": _SHA256,
        "business": _MAYBE,
        "unit": _MAYBE,
        "rows": _COUNT,
        "ok": {"type": "boolean", "description": "读得了，年月都有政策，没有错误"},
        "counts": _object("各有几处", {"error": _COUNT, "warning": _COUNT, "info": _COUNT}),
        "rules_not_run": _list(_CODE),
        "totals": _TOTALS,
        "truncated": {"type": "boolean", "description": "超过 10000 处，只列出前 10000 处"},
        "ignored": {**_COUNT, "description": "按 --select、--ignore 没有列出的"},
        "error": {
            "anyOf": [
                {"type": "null"},
                _object("文件读不了", {"code": _CODE, "message": _TEXT, "hint": _TEXT}),
            ]
        },
        "findings": {**_list(_FINDING), "maxItems": 10_000},
    },
)

SCHEMAS: dict[str, dict[str, Any]] = {
    "validation": _object(
        "gjj validate --format json",
        {
            "schema": {"const": "gjj.validation/1"},
            "tool": _object("程序和政策包", {"version": _TEXT, "policy": _TEXT}),
            "ok": {"type": "boolean"},
            "seconds": {"type": "number", "minimum": 0},
            "files": _list(_FILE),
        },
    ),
    "case": _object(
        "gjj case submit、approve、reject、withdraw、finish、show --format json",
        {
            "schema": {"const": "gjj.case/1"},
            "case": {"type": ["string", "null"], "description": "受理号；表里有错、没有受理的是 null"},
            "business": _MAYBE,
            "unit": _MAYBE,
            "state": _MAYBE,
            "sha256": _SHA256,
            "rows": _COUNT,
            "totals": _TOTALS,
            "findings": _list(_FINDING),
        },
    ),
    "run": _object(
        "gjj remit run --format json",
        {
            "schema": {"const": "gjj.run/1"},
            "run": {"type": ["string", "null"], "description": "运行号；没有要办的、试办的是 null"},
            "through": _MONTH,
            "units": _list(
                _object(
                    "一个单位",
                    {
                        "unit": _TEXT,
                        "outcome": {
                            "enum": [
                                "posted",
                                "posted-in-part",
                                "registered",
                                "already-posted",
                                "skipped",
                                "refused",
                            ]
                        },
                        "months": _list(_MONTH),
                        "heads": _COUNT,
                        "total": _FEN,
                        "code": {"type": ["string", "null"], "pattern": "^[EWI][0-9]{3}$"},
                        "short": {**_FEN, "type": ["string", "null"]},
                    },
                )
            ),
        },
    ),
}

_DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_SIDE = {"enum": ["借", "贷"]}

SCHEMAS["ledger"] = _object(
    "gjj ledger show --format json",
    {
        "schema": {"const": "gjj.ledger/1"},
        "unit": _TEXT,
        "vouchers": _list(
            _object(
                "一张记账凭证",
                {
                    "number": {"type": "string", "description": "凭证号"},
                    "entry": {"type": "integer", "minimum": 1, "description": "在这个单位的账里是第几张，不重排"},
                    "date": _DATE,
                    "business": _TEXT,
                    "serial": {"type": "string", "description": "业务流水号"},
                    "memo": {"type": "string", "description": "摘要"},
                    "transfer": {"type": ["string", "null"], "description": "内部往来两边相同的号"},
                    "reverses": {"type": ["string", "null"], "description": "冲销哪一张"},
                    "reversed_by": {"type": ["string", "null"], "description": "被哪一张冲销"},
                    "lines": _list(
                        _object(
                            "一行分录",
                            {
                                "side": _SIDE,
                                "account": {"type": "string", "description": "科目"},
                                "employee": {"type": ["string", "null"], "description": "个人账号"},
                                "part": {"enum": ["当年归集", "上年结转", None]},
                                "amount": _FEN,
                                "value_date": {**_DATE, "description": "起息日"},
                            },
                        )
                    ),
                },
            )
        ),
    },
)
SCHEMAS["trial-balance"] = _object(
    "gjj ledger trial-balance --format json",
    {
        "schema": {"const": "gjj.trial-balance/1"},
        "unit": {"type": ["string", "null"], "description": "null 是全部单位"},
        "accounts": _list(
            _object(
                "一个科目",
                {"account": _TEXT, "name": _TEXT, "side": _SIDE, "debit": _FEN, "credit": _FEN, "balance": _FEN},
            )
        ),
        "debit": _FEN,
        "credit": _FEN,
    },
)


def schema(name: str) -> str:
    """The JSON Schema of that name in `SCHEMAS`, as text with a last line end; KeyError for another."""
    body = {"$schema": DRAFT, "title": SCHEMAS[name]["properties"]["schema"]["const"], **SCHEMAS[name]}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"
