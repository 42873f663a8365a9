"""Clean workbooks of 个人账户设立 to measure with: 17 columns, every one filled, no two people alike."""

import random
from pathlib import Path

import xlsxwriter

from gjj_cli.business.account_opening import ACCOUNT_OPENING
from gjj_cli.business.spec import Kind
from gjj_cli.workbook.layout import STAMP_BUSINESS

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"


def _person(number: int, chance: random.Random) -> dict[str, str | float]:
    year, month, day = 1970 + number // 336_000, 1 + number // 28_000 % 12, 1 + number // 1_000 % 28
    body = f"440203{year}{month:02d}{day:02d}{number % 1000:03d}"
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]
    return {
        "姓名": chance.choice(_SURNAMES) + chance.choice(_GIVEN) + chance.choice(_GIVEN),
        "证件类型": "身份证",
        "证件号码": body + check,
        "缴存基数": 3000 + number % 20_000 + 0.5,
        "手机号码": f"139{number:08d}",
        "启缴年月": "2025-07",
        "性别": "男" if number % 2 else "女",
        "出生日期": f"{year}-{month:02d}-{day:02d}",
        "固定电话": f"0751-{8_000_000 + number}",
        "婚姻状况": chance.choice(("未婚", "已婚")),
        "学历": chance.choice(("本科", "大专", "高中")),
        "职业": "专业技术人员",
        "职称": "初级",
        "职务": "职员",
        "家庭住址": f"韶关市浈江区测试路{number}号",
        "家庭月收入": 8000 + number % 9_000,
        "邮政编码": "512000",
    }


def opening(path: Path, heads: int, first: int = 0) -> Path:
    """Write a workbook of that many people, numbered from `first`; gives its path."""
    chance = random.Random(heads)
    book = xlsxwriter.Workbook(str(path))
    book.set_custom_property(STAMP_BUSINESS, ACCOUNT_OPENING.slug)
    sheet = book.add_worksheet(ACCOUNT_OPENING.title)
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.00"})
    for place, column in enumerate(ACCOUNT_OPENING.columns):
        sheet.write_string(0, place, f"{column.header}*" if column.required else column.header)
    for row in range(heads):
        person = _person(first + row, chance)
        for place, column in enumerate(ACCOUNT_OPENING.columns):
            value = person[column.header]
            if column.kind is Kind.MONEY:
                sheet.write_number(row + 1, place, float(value), money)
            else:
                sheet.write_string(row + 1, place, str(value), text)
    book.close()
    return path
