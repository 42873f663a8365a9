"""`gjj help`: topics a clerk looks up, and each business."""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import typer

from gjj_cli import terminal, usage
from gjj_cli.business.names import BATCH, find
from gjj_cli.errors import Exit, UsageError

app = usage.single()


class Topic(NamedTuple):
    title: str
    english: str
    line: str
    text: Callable[[], str]


@app.command("help")
def help_(
    topic: Annotated[str | None, typer.Argument(metavar="主题", help="退出码、月份、政策等，或者一项业务")] = None,
) -> int:
    """看一个主题：退出码、格式、月份、政策、单人、公共选项、汇缴、冲销、各业务。

    不写主题，列出有哪些。例如：

        gjj help 退出码
        gjj help 个人账户封存
    """
    if topic in SCHEMAS:
        from gjj_cli.report.schemas import schema

        terminal.out_utf8(schema(topic))
    else:
        terminal.out(_index() if topic is None else _text_of(topic))
    return Exit.DONE


def _text_of(topic: str) -> str:
    chosen = next((entry for entry in TOPICS if topic in (entry.title, entry.english)), None)
    if chosen is not None:
        return chosen.text()
    name = find(topic)
    if name in BATCH:
        return _business(name.slug)
    if name is not None:
        return _later(name.title)
    known = [*SCHEMAS, *(entry.title for entry in TOPICS), *(entry.english for entry in TOPICS)]
    known += [word for entry in BATCH for word in (entry.title, entry.slug)]
    raise UsageError(
        f"没有 {topic} 这个主题{usage.did_you_mean(topic, known)}",
        remedies=("看有哪些：gjj help",),
    )


def _index() -> str:
    return "\n".join(
        (
            "gjj help 主题",
            "",
            *(terminal.definition(entry.title, entry.line) for entry in TOPICS),
            "",
            "业务（写中文名或英文名都行）：",
            *(terminal.definition(name.title, name.slug) for name in BATCH),
        )
    )


def _business(slug: str) -> str:
    from gjj_cli.business.roster import ROSTER
    from gjj_cli.flows import help as flow
    from gjj_cli.rules import policy

    return flow.business(ROSTER[slug], policy.load())


def _later(title: str) -> str:
    from gjj_cli.flows import help as flow

    return flow.later(title)


def _common_options() -> str:
    lines = (terminal.definition(name, text, 22) for name, text in usage.COMMON)
    order = "先看命令行，再看环境变量，再看 gjj.toml，最后是默认值。"
    place = "写在命令前面、后面都行；写了两次，后面的算数。"
    who = "您是谁：令牌放在环境变量 GJJ_TOKEN，或者文件里、文件名放在 GJJ_TOKEN_FILE；不设就是登录过的人。"
    return "\n".join(("公共选项，每条命令都有：", "", *lines, "", order, place, terminal.wrap(who, indent=8)))


def _flow(name: str) -> str:
    from gjj_cli.flows import help as flow

    text: str = getattr(flow, name)()
    return text


def _policy() -> str:
    from gjj_cli.business.roster import ROSTER
    from gjj_cli.flows import help as flow
    from gjj_cli.rules import policy

    return flow.policy(policy.load(), ROSTER.values())


SCHEMAS = ("validation", "case", "run", "ledger", "trial-balance")  # JSON Schemas, listed under 格式
TOPICS = (
    Topic("退出码", "exit-codes", "每个退出码的意思", lambda: _flow("exit_codes")),
    Topic("格式", "formats", "校验结果的格式，JSON 的说明", lambda: _flow("formats")),
    Topic("月份", "months", "年月怎么写，空着是哪个月", lambda: _flow("months")),
    Topic("政策", "policy", "哪些是示例值，怎么填自己的上下限", _policy),
    Topic("单人", "solo", "一个人用的账簿少了什么", lambda: _flow("solo")),
    Topic("公共选项", "options", "每条命令都有的选项", _common_options),
    Topic("建账", "setup", "单位、职工和期初余额的工作簿", lambda: _flow("setup")),
    Topic("汇缴", "remittance", "每月汇缴怎么办", lambda: _flow("remittance")),
    Topic("冲销", "reversal", "记错的账怎么改：红字冲销", lambda: _flow("reversal")),
)
