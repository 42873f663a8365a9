"""What people write by themselves: openpyxl, a loop over the rows, an `if` for each thing that can be wrong."""

import re
import sys
from datetime import date

import openpyxl

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DICTIONARIES = {
    "证件类型*": {"身份证", "护照"},
    "性别": {"男", "女"},
    "婚姻状况": {"未婚", "已婚", "丧偶", "离异"},
    "学历": {"研究生", "本科", "大专", "中专", "高中", "初中"},
}

wrong = []
sheet = openpyxl.load_workbook(sys.argv[1], read_only=True).worksheets[0]
rows = sheet.iter_rows(values_only=True)
headers = next(rows)
seen: dict[str, int] = {}
for number, values in enumerate(rows, 2):
    row = dict(zip(headers, values, strict=True))
    for header in headers:
        if header.endswith("*") and not row[header]:
            wrong.append((number, header, "空"))
        if header in DICTIONARIES and row[header] and row[header] not in DICTIONARIES[header]:
            wrong.append((number, header, "字典"))
    identity = str(row["证件号码*"])
    if not re.fullmatch(r"[0-9]{17}[0-9X]", identity):
        wrong.append((number, "证件号码*", "位数"))
    else:
        if "10X98765432"[sum(int(a) * b for a, b in zip(identity, WEIGHTS, strict=False)) % 11] != identity[-1]:
            wrong.append((number, "证件号码*", "校验码"))
        try:
            born = date(int(identity[6:10]), int(identity[10:12]), int(identity[12:14]))
            if row["出生日期"] and str(row["出生日期"])[:10] != born.isoformat():
                wrong.append((number, "出生日期", "不一致"))
        except ValueError:
            wrong.append((number, "证件号码*", "日期"))
    if identity in seen:
        wrong.append((number, "证件号码*", f"重复 {seen[identity]}"))
    seen[identity] = number
    if not isinstance(row["缴存基数*"], int | float) or not 1750 <= row["缴存基数*"] <= 26000:
        wrong.append((number, "缴存基数*", "上下限"))
    if not re.fullmatch(r"1[3-9][0-9]{9}", str(row["手机号码*"])):
        wrong.append((number, "手机号码*", "样子"))
    if row["启缴年月"] and not re.fullmatch(r"[0-9]{4}-[0-9]{2}", str(row["启缴年月"])):
        wrong.append((number, "启缴年月", "样子"))
    if row["邮政编码"] and not re.fullmatch("[0-9]{6}", str(row["邮政编码"])):
        wrong.append((number, "邮政编码", "样子"))
print(len(wrong))
