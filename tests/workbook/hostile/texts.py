"""What stands in cells: formulas as text, invisible characters, numbers that are none; and the kin of .csv."""

import codecs

from gjj_cli.business.account_opening import ACCOUNT_OPENING
from tests.workbook import packages
from tests.workbook.hostile import book
from tests.workbook.hostile.book import with_cell, with_person
from tests.workbook.hostile.case import Case, faulty, passes, refused
from tests.workbook.hostile.kinds import CSV

HEADER = "姓名,证件类型,证件号码,缴存基数,手机号码\n"
ROW = "{name},身份证,440203199001011231,{base},13900000001\n"


def csv(name: str = "张三", base: str = "5000", encoding: str = "utf-8") -> bytes:
    return (HEADER + ROW.format(name=name, base=base)).encode(encoding)


def bad_name(name: str, text: str, code: str = "E102") -> Case:
    return faulty(f"name-{name}", lambda: with_person(A=text), code)


def everywhere(kind: str, number: str) -> bytes:
    """The number in every column of 个人账户设立 but the name, as a number or as text."""
    headers = [column.header for column in ACCOUNT_OPENING.columns]
    head = "".join(f'<c t="inlineStr"><is><t>{header}</t></is></c>' for header in headers)
    if kind == "number":
        cells = f"<c><v>{number}</v></c>" * len(headers)
    else:
        cells = f'<c t="inlineStr"><is><t>{number}</t></is></c>' * len(headers)
    return book.with_part(packages.SHEET, packages.sheet(f"<row>{head}</row><row>{cells}</row>"))


NAMES = [
    bad_name("hyperlink", '=HYPERLINK("http://127.0.0.1:9/","点")', "E113"),
    bad_name("dde", "=cmd|' /C calc'!A0", "E113"),
    bad_name("plus", "+1+1", "E113"),
    bad_name("at", "@SUM(A1)", "E113"),
    bad_name("full-width-equals", "＝1+1", "E113"),
    bad_name("control", "张_x0001_三"),
    bad_name("ansi", "_x001B_[31m张三_x001B_[0m"),
    bad_name("bell", "张三_x0007_"),
    bad_name("right-to-left", "张\u202e三"),
    bad_name("isolate", "张\u2067三\u2069"),
    bad_name("zero-width", "张\u200b三"),
    bad_name("mark", "\ufeff张三"),
    bad_name("soft-hyphen", "张\u00ad三"),
    bad_name("private-use", "张\ue000三"),
    bad_name("surrogate", "张_xD800_三"),
    bad_name("replacement", "张\ufffd三"),
    passes("name-line-separator", lambda: with_person(A="张\u2028三")),
    bad_name("tag-characters", "张\U000e0041三"),
    passes("name-html", lambda: with_person(A="<script>alert(1)</script>")),
    passes("name-rare", lambda: with_person(A="𠮷䶮")),
    passes("name-dot", lambda: with_person(A="阿卜杜拉·买买提")),
    passes("name-blanks", lambda: with_person(A="张　三\u00a0")),
    faulty("id-as-number", lambda: with_cell('<c r="C2"><v>440203199001011231</v></c>', "C"), "E108"),
    faulty("id-as-float", lambda: with_cell('<c r="C2"><v>4.40203199001011E+17</v></c>', "C"), "E108"),
    faulty("id-as-bool", lambda: with_cell('<c r="C2" t="b"><v>1</v></c>', "C")),
    faulty("id-arabic-digits", lambda: with_person(C="٤٤٠٢٠٣١٩٩٠٠١٠١١٢٣١"), "E202"),
    passes("id-full-width", lambda: with_person(C="４４０２０３１９９００１０１１２３１")),
    faulty("id-sql", lambda: with_person(C="' OR 1=1; DROP TABLE person; --"), "E202"),
    faulty("mobile-arabic", lambda: with_person(E="١٣٩٠٠٠٠٠٠٠١"), "E112"),
    *(
        faulty(f"number-{number}", lambda n=number: with_cell(f'<c r="D2"><v>{n}</v></c>'), "E107")
        for number in ("NaN", "INF", "-INF", "1e400", "0x10", "5_000", "1,5,0", "٥٠٠٠", "1e", "--5", "5.001")
    ),
    faulty("number-2-to-53", lambda: with_cell('<c r="D2"><v>9007199254740993</v></c>')),
    faulty("number-negative", lambda: with_cell('<c r="D2"><v>-5000</v></c>'), "E701"),
    faulty("number-1e-400", lambda: with_cell('<c r="D2"><v>1e-400</v></c>')),
    passes("number-with-blanks", lambda: with_cell('<c r="D2"><v> 5000\n</v></c>')),
    passes("number-of-a-float", lambda: with_cell('<c r="D2"><v>5000.0000000000009</v></c>')),
    passes("number-exponent", lambda: with_cell('<c r="D2"><v>5E3</v></c>')),
    faulty("formula-without-value", lambda: with_cell('<c r="D2"><f>1+1</f></c>'), "E110"),
    passes("formula-with-value", lambda: with_cell('<c r="D2"><f>1+1</f><v>5000</v></c>'), "W814"),
    faulty("custom-property-stamp", lambda: _stamped("no-such-business&#10;&#x202e;"), "E012"),
]

# Numbers that no double, no int and no Decimal of a hasty reader can take, in every column that holds some form of one.
NUMBERS = {
    "nan": "NaN",
    "inf": "INF",
    "overflow": "1e400",
    "decimal-overflow": "1e9999999",
    "decimal-refused": "1e9999999999999999999",
    "decimal-underflow": "1e-9999999999999999999",
    "5000-digits": "9" * 5_000,
    "5000-decimals": "0." + "1" * 5_000,
    "5000-zeros": "0" * 5_000 + "1",
    "minus-zero": "-0",
    "arabic": "٥٠٠٠",
    "superscript": "²",
    "32767-digits": "9" * 32_767,
    "32767-marks": "\u0301" * 32_767,
    "32767-blanks": "\u3000" * 32_766 + "9",
    "32767-commas": "9," * 16_383,
    "32767-dashes": "－" * 32_767,
    "32767-letters": "e" * 32_767,
    "32767-rare": "𠮷" * 32_767,
}
EVERYWHERE = [
    faulty(f"{kind}-{name}", lambda k=kind, n=number: everywhere(k, n), "E112")
    for kind in ("number", "text")
    for name, number in NUMBERS.items()
]

CSVS = [
    passes("csv-utf8", CSV, file="开户.csv"),
    passes("csv-mark", codecs.BOM_UTF8 + CSV, file="开户.csv"),
    passes("csv-gb18030", csv(name="𠮷", encoding="gb18030"), file="开户.csv"),
    passes("csv-gbk", csv(encoding="gbk"), file="开户.CSV"),
    passes("csv-crlf", CSV.replace(b"\n", b"\r\n"), file="开户.csv"),
    passes("csv-cr", CSV.replace(b"\n", b"\r"), file="开户.csv"),
    passes("csv-quoted-lines", csv(name='"张\n三"'), file="开户.csv"),
    passes("csv-blank-lines", b"\n\n" + CSV + b"\n\n\n", file="开户.csv"),
    passes("csv-stdin", CSV, file="-", stdin=True),
    faulty("csv-semicolons", CSV.replace(b",", b";"), "E012", file="开户.csv"),
    faulty("csv-tabs", CSV.replace(b",", b"\t"), "E012", file="开户.csv"),
    faulty("csv-formula", csv(name='"=HYPERLINK(""http://127.0.0.1:9"")"'), "E113", file="开户.csv"),
    faulty("csv-control", csv(name="张\x1b[31m三"), "E102", file="开户.csv"),
    faulty("csv-lone-cell", b"a", "E012", file="开户.csv"),
    refused("csv-empty", "E001", b"", "空文件", file="开户.csv"),
    refused("csv-nul", "E001", csv(name="张\0三"), file="开户.csv"),
    refused("csv-late-nul", "E001", CSV + CSV * 60 + b"\0,", file="开户.csv"),
    refused("csv-utf16", "E001", CSV.decode().encode("utf-16"), "编码", file="开户.csv"),
    refused("csv-utf16-without-mark", "E001", CSV.decode().encode("utf-16-le"), file="开户.csv"),
    refused("csv-binary", "E001", CSV + b"\xff\xff\xff\x80", "编码", file="开户.csv"),
    refused("csv-surrogate", "E001", CSV.replace("张三".encode(), b"\xed\xa0\x80\xff"), "编码", file="开户.csv"),
    refused("csv-cut-character", "E001", csv(encoding="gbk") + b"\xd5", "编码", file="开户.csv"),
    refused("csv-quote-unclosed", "E003", csv(name='"张三'), "引号", file="开户.csv"),
    refused("csv-text-after-quote", "E003", csv(name='"张三"x'), "引号", file="开户.csv"),
    refused("csv-line-of-10-mb", "E003", CSV + b"x" * 10_000_000, file="开户.csv"),
    refused("csv-line-of-10-mb-of-commas", "E004", CSV + b"x," * 5_000_000, "256 列", file="开户.csv"),
    refused("csv-cell-of-40000", "E004", csv(name="长" * 40_000), "32,767", file="开户.csv"),
    refused("csv-200001-rows", "E004", CSV + b"a,b\n" * 200_001, "200,000 行", file="开户.csv"),
    passes("csv-million-empty-lines", CSV + b"\n" * 1_000_000, file="开户.csv"),
    refused("pdf-named-csv", "E001", b"%PDF-1.7", "PDF", file="开户.csv"),
    refused("html-named-csv", "E001", b"<table><tr><td>1", "HTML", file="开户.csv"),
]

STDIN = [
    passes("stdin", book.good, file="-", stdin=True),
    refused("stdin-empty", "E001", b"", "标准输入", file="-", stdin=True),
    refused("stdin-pdf", "E001", b"%PDF-1.7", "标准输入", file="-", stdin=True),
    refused("stdin-cut", "E003", lambda: book.good()[:500], "标准输入", file="-", stdin=True),
    refused("stdin-xls", "E001", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "旧版", file="-", stdin=True),
    refused("stdin-macros", "E006", lambda: book.with_part("xl/vbaProject.bin", b"x"), "宏", file="-", stdin=True),
    refused("stdin-51-mb", "E004", lambda: bytes(51 * 2**20), "50 MB", file="-", stdin=True),
]


def _stamped(business: str) -> bytes:
    """A stamp nobody made."""
    made = book.parts()
    rels = str(made["_rels/.rels"])
    relation = (
        '<Relationship Id="rId2" Type="http://x/custom-properties" Target="docProps/custom.xml"/></Relationships>'
    )
    made["_rels/.rels"] = rels.replace("</Relationships>", relation)
    made["docProps/custom.xml"] = (
        f'<Properties><property name="gjj_business"><vt:lpwstr xmlns:vt="v">{business}</vt:lpwstr></property></Properties>'
    )
    made[packages.SHEET] = packages.sheet("")
    return packages.pack(made)


CASES: list[Case] = NAMES + EVERYWHERE + CSVS + STDIN
