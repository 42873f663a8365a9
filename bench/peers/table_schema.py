"""frictionless with a schema of the same columns: required, patterns, dictionaries, limits, uniqueness.

It has no word for a check digit or for two cells that must agree, so it does a little less.
"""

import sys
from pathlib import Path

from frictionless import Resource, Schema

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

path = Path(sys.argv[1])
schema = Schema.from_descriptor({"fields": FIELDS})
report = Resource(path=path.name, basepath=str(path.parent), schema=schema).validate()
if report.errors:
    raise SystemExit(str(report.errors))
print(sum(task.stats["errors"] for task in report.tasks))
