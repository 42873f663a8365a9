"""docs/rules.md, the reference of every finding code, from the catalogue: `python -m gjj_cli.report.reference PATH`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from gjj_cli.rules.catalogue import Rule, in_general
from gjj_cli.rules.registry import FAMILIES, RULES

_FAMILY = {
    "form": "文件和表头",
    "value": "每一格",
    "identity": "证件号码和统一社会信用代码",
    "base": "缴存基数",
    "person": "人和账户",
    "month": "生效年月",
    "payment": "补缴",
    "transfer": "内部转移",
    "batch": "整张表",
    "step": "办理的这一步",
}
_NEEDS = {"file": "看表就能核对", "policy": "按年月的政策核对", "books": "要有账簿才核对"}
_HEAD = """# 错误代码

E 是错误，办不了；W 是警告，I 是说明，照样能办。不在这里的代码没有用过；用过的代码不会改作别的意思。

这一页由 `python -m gjj_cli.report.reference docs/rules.md` 从程序里的说明生成，不要手改；
命令行里看同样的内容：`gjj rule E201`。说明里的三个点是从表里带出来的内容。
"""


def rules_markdown() -> str:
    """The page: one section a family, in the order of the registry, its codes in rising order."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for module in FAMILIES:
        family = module.__name__.rpartition(".")[2]
        yield f"## {_FAMILY[family]}\n"
        for rule in RULES:
            if rule.family == family:
                yield _entry(rule)


def _entry(rule: Rule) -> str:
    lines = [f"### {rule.code} {rule.title}", "", rule.general, ""]
    lines.append(f"- {rule.severity.label}；{_NEEDS[rule.needs]}。")
    lines.append(f"- 改：{in_general(rule.remedy)}")
    if rule.remedy_unverified != rule.remedy:
        lines.append(f"- 政策的数没有核实时只是警告：{in_general(rule.remedy_unverified)}")
    lines.append(f"- 依据：{rule.basis}。")
    if rule.example:
        lines.append(f"- 例如：{rule.example}。")
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> None:
    """Write the page to the one path given."""
    (path,) = arguments
    Path(path).write_text(rules_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
