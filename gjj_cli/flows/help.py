"""What `gjj help` tells: exit codes, months, policy, one-person books, and each business from its declaration."""

import textwrap
from collections.abc import Iterable

from gjj_cli import money, month
from gjj_cli.business.setup import SHEETS
from gjj_cli.business.spec import Business, Column
from gjj_cli.errors import PRECEDENCE, Exit
from gjj_cli.rules.catalogue import BoundRule
from gjj_cli.rules.policy import UNVERIFIED, Pack
from gjj_cli.terminal import definition, wrap


def exit_codes() -> str:
    """Every exit code with its meaning, from the one table in `errors`."""
    lines = [wrap(f"{code:>3}  {code.meaning}", indent=5) for code in Exit]
    order = " > ".join(str(int(code)) for code in PRECEDENCE)
    return "\n".join(
        ("退出码（和 --format 无关）", "", *lines, "", f"几样一起发生，取前面的：{order}", "管道提前关了，安静地停。")
    )


def months() -> str:
    """What month forms are read, and which month is meant where none is written."""
    return _plain(
        """
        年月写成 2025-07。

        这些也读得懂：2025/7  2025.07  202507  2025年7月  2025-7-1  全角数字
        看不准的不猜，报 E105：25-07（两位年份）  07/2025  2025-13  数字 45839

        表里的年月空着：有账簿时是单位的应汇缴年月（缴至年月的下一个月），
        没有账簿时是业务日期所在的月份。用了哪个月，校验结果里有一句话。

        汇缴办到哪个月：gjj remit run --through 2025-07
        也可以写 本月、上月；不写是业务日期所在的月份。
        总是从应汇缴年月办起，一个月不漏，不能越过业务日期所在的月份。

        业务日期不写是今天；按另一天办：gjj remit run --as-of 2025-05-14
        基数上下限、比例按所缴的月份取值，不按今天。
        """
    )


def formats() -> str:
    """What `validate` can write, for whom, and where the JSON Schemas are."""
    return _plain(
        """
        gjj validate 的结果有八种格式，说的是同样的事，退出码也一样：

          text     给人看，相邻的同样错误并成一行（平常就是它）
          html     一个网页，不用联网，能筛选、能打印，用浏览器打开
          csv      一处一行，用 Excel 打开
          json     给程序看，gjj.validation/1
          sarif    SARIF 2.1.0，代码平台和编辑器都读
          junit    JUnit XML，Jenkins 等都读
          gitlab   GitLab 的 Code Quality
          github   GitHub Actions 的标注，还写 $GITHUB_STEP_SUMMARY

        到屏幕：gjj validate 表格/ --format json
        存文件：gjj validate 表格/ --report html=结果.html --report junit=结果.xml
        除了 text，每一格都列出来，一个文件最多 10000 处，超过的会说明。

        只看一部分：--select E2,E30* 只列这些代码，--ignore W812 不列这些。
        略去几处会说明；读不了、认不出的文件不能略去。
        到哪一级算不通过：--fail-on error（平常）、warning、never
        人数、合计对不对：--expect-rows 120 --expect-total 612000.00

        JSON 的 JSON Schema：
          gjj help validation    校验结果        gjj.validation/1
          gjj help case          一笔业务        gjj.case/1
          gjj help run           一次汇缴        gjj.run/1
          gjj help ledger        记账凭证        gjj.ledger/1
          gjj help trial-balance 试算平衡        gjj.trial-balance/1
        """
    )


def policy(pack: Pack, businesses: Iterable[Business]) -> str:
    """What the pack says, which of it is a sample, and how to put one's own values over it."""
    limits = [
        f"  {month.show(row.from_month)} 起  {money.show(row.base_min_fen):>9} 至 {money.show(row.base_max_fen):>9}  "
        + (row.source if row.verified else UNVERIFIED)
        for row in sorted(pack.limits, key=lambda row: row.from_month)
    ]
    rates = [
        f"  {month.show(row.from_month)} 起  {row.min_bp // 100}% 至 {row.max_bp // 100}%，单位和个人各自"
        for row in pack.rates
    ]
    rounding = [
        f"  {month.show(row.from_month)} 起  {row.mode.label}  " + (row.source if row.verified else UNVERIFIED)
        for row in pack.rounding
    ]
    headers = {column.dictionary: column.header for each in businesses for column in (*each.columns, *each.batch)}
    samples = "、".join(
        headers[name] for name, row in pack.dictionaries.items() if not row.verified and name in headers
    )
    return "\n".join(
        (
            f"政策包 {pack.label}（{pack.name}），到 {month.show(pack.covers_to)} 为止",
            "",
            "缴存基数上下限：",
            *limits,
            "缴存比例：",
            *rates,
            "每月的钱取整：",
            *rounding,
            *([wrap(f"下拉里的值是示例、没有核实的列：{samples}。")] if samples else []),
            "",
            wrap(f"「{UNVERIFIED}」的数没有公开出处，碰到只提醒，不按错算。把当地文件的数写进 gjj.toml，就按错算："),
            "",
            OWN_LIMITS,
            "",
            "gjj.toml 放在账簿旁边，或者放在跑命令的文件夹里、它上面的文件夹里都行。",
        )
    )


OWN_LIMITS = """[policy."2025-07"]        # 从哪个月起
base_min = "1750.00"      # 缴存基数下限，元
base_max = "26000.00"     # 缴存基数上限，元
source = "文号"           # 哪份文件"""


def solo() -> str:
    """What books for one person leave out, said plainly."""
    return _plain(
        """
        gjj init --solo 建的账簿给一个人用：没有密码，不用登录，不另设初审和复核。

        少了的：没有第二个人看过，提交就办结；也不用交电子档案。
                每张凭证上都写明是单人账簿，查账的人看得见。
        没少的：校验一样严，账一样记，凭证一样验真，账簿一样核对。

        不要用的时候：单位规定经办和审核要分开；几个人共用一本账簿。
        建好以后不能改成分人的：另外建一本，重新导入。

        分人审核防的是差错，不是防盗：谁能改账簿文件，谁就能改账。
        改过查得出来，靠的是凭证链和存在别处的锚：gjj ledger verify 末尾那一串，
        抄一份放在别处；此后没有记过账，它就不该变。
        """
    )


def remittance() -> str:
    """The monthly 汇缴, which has no workbook."""
    return _plain(
        """
        汇缴（remittance，业务代码 01）：每月把单位全体正常职工的钱缴上，没有表要填。

        从应汇缴年月起，一个月一个月办到 --through 那个月；
        点名的单位要么全办，要么不办；--all 是月末，各单位各办各的，没办成的列出来。
        同一个月再跑一次，什么都不变，退出码 0。

        缴款方式：这一版只有暂收，从单位的暂收户转出，所以钱要先到账。
        谁来办：登记到账的是管理员；汇缴由经办人或管理员办，入账就办结，
                不用审核；入账就印凭证。

        到账：gjj receipt add --amount 132042.00 --ref 银行流水号 --unit 0500001
        先看：gjj remit preview --unit 0500001
        再办：gjj remit run --unit 0500001
        月末：gjj remit run --all
        只有一个单位的，预览和汇缴不用写 --unit。
        """
    )


def reversal() -> str:
    """How something posted is put right."""
    return _plain(
        """
        红字冲销（reversal）：记错的账不改不删，用红字（同科目，负数）冲掉，再重办。

        谁来办：管理员提交，写原因；初审、复核或另一位管理员通过，一通过就生效。
                提交的人不能自己通过；单人账簿由本人通过，凭证上写明。

        冲整笔：gjj ledger reverse 0500001-2507-003 --reason 基数录错
        只冲一张（几个月的汇缴，只冲最后一个月）：
                gjj ledger reverse 0500001-2507-记012 --reason 多缴一个月
        冲到账：gjj ledger reverse 银行流水号 --reason 记错单位
        先看看：加 --dry-run
        通过：  gjj case approve 受理号        驳回、撤回和别的业务一样
        重新办：再跑一次原来的命令；原来的文件再交一次，是新的一笔

        顺序：从最后记的冲起；要先冲哪一张，会告诉您（E608）。
        汇缴、补缴  钱回到暂收户，这些月份算没有缴过；到账不冲，银行是收了钱的。
        到账        钱还在暂收户才行；冲了以后，同一个流水号可以再登记。
        内部转移    两个单位一起冲，账户回到原单位；在新单位又有过业务的不行。
        期初        单位还没办过业务才行；冲了再导入改好的建账表，原来的人都要在。
        红字凭证本身不能再冲（E609）。年度结息以后，已结的利息不追回（W807）。

        冲过的回单：再印会有「已冲销」；gjj voucher verify 会说 真，但已冲销。
        """
    )


def business(declared: Business, pack: Pack) -> str:
    """One batch business: its columns, who does what by the pack's review chain, what changes, the commands."""
    batch = [_column(column) for column in declared.batch]
    rules = (rule.rule if isinstance(rule, BoundRule) else rule for rule in declared.rules)
    codes = dict.fromkeys(rule.code for rule in rules)
    return "\n".join(
        (
            f"{declared.title}（{declared.slug}，业务代码 {declared.code}）",
            "",
            "表里的列（* 必填，按表头认列，位置不限）：",
            *(_column(column) for column in declared.columns),
            *(["批次信息（整批一个值，填在「批次信息」表里，或者用 --set 列名=值）：", *batch] if batch else []),
            "",
            *_consequences(declared),
            wrap("谁来办：" + _who(pack.review.get(declared.slug, ())), indent=8),
            wrap("会核对：" + " ".join(codes) + "，以及每一格的样子；看说明：gjj rule 代码", indent=8),
            "",
            f"导出：gjj template export {declared.title}",
            *([f"带人：gjj template export {declared.title} --prefill"] if declared.prefill else []),
            f"校验：gjj validate {declared.title}.xlsx",
            f"提交：gjj case submit {declared.title}.xlsx",
            *(f"{step}：gjj case approve 受理号" for step in pack.review.get(declared.slug, ())),
            *(["办结：gjj case finish 受理号"] if pack.review.get(declared.slug) else []),
        )
    )


def setup() -> str:
    """The workbook of `unit import`: its three sheets and the commands."""
    sheets = ("\n".join((f"「{title}」表：", *(_column(column) for column in columns))) for title, columns in SHEETS)
    commands = "导出：gjj template export 建账\n导入：gjj unit import 建账.xlsx\n核对：gjj ledger verify"
    who = "谁来办：管理员。每个单位要么全进，要么不进；进过的再导入一次，什么都不变。"
    return "\n\n".join(("建账（setup）：单位、职工、期初余额和经办人，三张表（* 必填）", *sheets, who, commands))


def later(title: str) -> str:
    """A business that this release does not have yet."""
    return wrap(f"{title}：这一版还不能办。能办的：gjj help")


def _column(column: Column) -> str:
    return definition(column.header + ("*" if column.required else ""), column.meaning or "可以不填", 24)


def _consequences(declared: Business) -> list[str]:
    month_word = declared.column(declared.month_column).header if declared.month_column else ""
    sentences = [_CHANGES[change.what].format(month=month_word) for change in declared.changes]
    sentences += [_MOVES[move.what] for move in declared.moves]
    if not declared.moves:
        sentences.append("账上的钱不动")
    return [wrap("办结后：" + "；".join(sentences) + "。", indent=8)]


_CHANGES = {
    "open": "开立个人账户，从{month}起参加汇缴",
    "base": "缴存基数改成新的，从{month}起按新基数汇缴",
    "close": "从{month}起不参加汇缴",
    "reopen": "从{month}起恢复汇缴",
    "transfer": "账户转到转入单位，从{month}起在那里汇缴",
}
_MOVES = {
    "payment": "补缴的钱从单位的暂收户记到每个人名下",
    "balance": "余额跟着账户过去，两个单位的账同时记",
}


def _who(chain: tuple[str, ...]) -> str:
    if not chain:
        return "经办人提交就办结，不用审核。"
    return f"经办人提交，{'、'.join(chain)}通过，经办人办结、印凭证；提交的人不能审自己的。"


def _plain(text: str) -> str:
    return textwrap.dedent(text).strip("\n")
