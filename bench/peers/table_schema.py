"""frictionless with an equivalent schema: required, patterns, dictionaries, limits, uniqueness.

It has no word for a check digit or for two cells that must agree; that is one check of the row.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import ClassVar

import attrs
from frictionless import Check, Checklist, Resource, Schema, errors

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

TEXT = {"type": "string"}
FIELDS = [
    {"name": "姓名*", **TEXT, "constraints": {"required": True, "maxLength": 120}},
    {"name": "证件类型*", **TEXT, "constraints": {"required": True, "enum": ["身份证", "护照", "军官证", "其他"]}},
    {"name": "证件号码*", **TEXT, "constraints": {"required": True, "unique": True, "pattern": "[0-9]{17}[0-9X]"}},
    {"name": "缴存基数*", "type": "number", "constraints": {"required": True, "minimum": 1750, "maximum": 26000}},
    {"name": "手机号码*", **TEXT, "constraints": {"required": True, "unique": True, "pattern": "1[3-9][0-9]{9}"}},
    {"name": "启缴年月", **TEXT, "constraints": {"pattern": "[0-9]{4}-(0[1-9]|1[0-2])"}},
    {"name": "性别", **TEXT, "constraints": {"enum": ["男", "女"]}},
    {"name": "出生日期", "type": "date"},
    {"name": "固定电话", **TEXT, "constraints": {"pattern": "0[0-9]{2,3}-[0-9]{7,8}"}},
    {"name": "婚姻状况", **TEXT, "constraints": {"enum": ["未婚", "已婚", "丧偶", "离异"]}},
    {"name": "学历", **TEXT, "constraints": {"enum": ["研究生", "本科", "大专", "中专", "高中", "初中"]}},
    {"name": "职业", **TEXT, "constraints": {"enum": ["专业技术人员", "办事人员"]}},
    {"name": "职称", **TEXT, "constraints": {"enum": ["无", "高级", "中级", "初级"]}},
    {"name": "职务", **TEXT, "constraints": {"enum": ["总经理", "经理", "科长", "职员", "其他"]}},
    {"name": "家庭住址", **TEXT, "constraints": {"maxLength": 255}},
    {"name": "家庭月收入", "type": "number", "constraints": {"minimum": 0}},
    {"name": "邮政编码", **TEXT, "constraints": {"pattern": "[0-9]{6}"}},
]


@attrs.define(kw_only=True, repr=False)
class Identity(Check):
    """The check digit of 证件号码, its birth date, and the two cells that must agree with it."""

    type = "identity"
    Errors: ClassVar = [errors.RowConstraintError]

    def validate_row(self, row: dict[str, object]) -> Iterator[errors.RowConstraintError]:
        number = str(row["证件号码*"])
        try:
            total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
            born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
            sound = (
                "10X98765432"[total % 11] == number[17]
                and row["出生日期"] in (None, born)
                and row["性别"] in (None, "女男"[int(number[16]) % 2])
                and number[:2] in REGIONS
            )
        except (ValueError, IndexError):
            sound = False
        if not sound:
            yield errors.RowConstraintError.from_row(row, note="证件号码")


REGIONS = {str(region) for region in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55))}
path = Path(sys.argv[1])
schema = Schema.from_descriptor({"fields": FIELDS})
report = Resource(path=path.name, basepath=str(path.parent), schema=schema).validate(Checklist(checks=[Identity()]))
if report.errors:
    raise SystemExit(str(report.errors))
print(sum(task.stats["errors"] for task in report.tasks))
