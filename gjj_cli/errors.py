"""How a run can end: the one table of exit codes, and the refusals that lead to each.

The user's bad data is never raised (see `finding`). What is raised here is the step or the world saying no;
anything else that is raised is our bug and becomes exit 70 in `app.main`.
"""

import errno
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes (product contract, section 2). They never depend on the output format."""

    DONE = 0
    FOUND = 1
    USAGE = 2
    CONFIG = 3
    FILE = 4
    LOCKED = 5
    REFUSED = 6
    FORBIDDEN = 7
    PARTLY = 8
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        return _MEANING[self]


_MEANING = {
    Exit.DONE: "办完了，或者没有要办的",
    Exit.FOUND: "检查出了问题：表里有错、账簿对不上、凭证被改过",
    Exit.USAGE: "命令打错了：参数不认识、不全、互相矛盾",
    Exit.CONFIG: "没有账簿或政策、账簿比程序新、政策不含这个月",
    Exit.FILE: "文件读不了或写不了",
    Exit.LOCKED: "别人正在用账簿",
    Exit.REFUSED: "业务规则、状态或账簿不允许，什么都没有办",
    Exit.FORBIDDEN: "这个用户没有权限：角色不对、自己的业务、不是自己的单位",
    Exit.PARTLY: "办了一部分，其余的列出来了",
    Exit.BUG: "程序出错，是我们的问题；账簿没有写一半",
    Exit.INTERRUPTED: "按了 Ctrl-C",
    Exit.TERMINATED: "被系统叫停",
}

# Several outcomes in one run: the first of these that happened is the exit code.
PRECEDENCE = (
    Exit.BUG,
    Exit.FILE,
    Exit.CONFIG,
    Exit.FORBIDDEN,
    Exit.PARTLY,
    Exit.REFUSED,
    Exit.FOUND,
    Exit.DONE,
)


def worst(exits: "list[Exit]") -> Exit:
    """The exit code of a run in which several things happened (`PRECEDENCE`); DONE for none."""
    return next((exit_ for exit_ in PRECEDENCE if exit_ in exits), Exit.DONE)


_REASON = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径中间有一段不是文件夹",
    errno.EEXIST: "已经有了",
    errno.ENOSPC: "磁盘满了",
    errno.EDQUOT: "超过了磁盘限额",
    errno.EROFS: "磁盘只能读",
    errno.ENAMETOOLONG: "名字太长",
    errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件太多",
    errno.EBUSY: "正被别的程序用着",
}


def reason(error: OSError) -> str:
    """Why the system refused, in Chinese; its own words are English on most machines."""
    return _REASON.get(error.errno or 0, f"系统错误 {error.errno}" if error.errno else "系统没有说原因")


class GjjError(Exception):
    """A refusal: what happened (and whether anything changed), the facts, and what to do next.

    `what` is one sentence in Chinese without the `gjj：` prefix; `facts` are further lines; `remedies` are lines
    that `app.main` prints after 改： or 可以： (the first word of each). Subclasses fix the exit code.
    """

    exit: Exit = Exit.REFUSED

    def __init__(
        self,
        what: str,
        *,
        code: str | None = None,
        facts: "tuple[str, ...]" = (),
        remedies: "tuple[str, ...]" = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.facts = facts
        self.remedies = remedies


class UsageError(GjjError):
    """命令打错了。"""

    exit = Exit.USAGE


class ConfigError(GjjError):
    """没有配置、账簿或政策，或者它们不能用。"""

    exit = Exit.CONFIG


class PolicyMissing(ConfigError):
    """政策包不含这个月或这个值。"""


class FileError(GjjError):
    """文件读不了或写不了。"""

    exit = Exit.FILE


class Locked(GjjError):
    """别人正在用账簿。"""

    exit = Exit.LOCKED


class Refused(GjjError):
    """业务规则、状态或账簿不允许，什么都没有办。"""

    exit = Exit.REFUSED


class PartlyDone(GjjError):
    """办了一部分，其余的列出来了。"""

    exit = Exit.PARTLY


class Forbidden(GjjError):
    """这个用户不能办这件事。"""

    exit = Exit.FORBIDDEN


class PrintFailed(GjjError):
    """账已经记了，凭证没有印出来。"""

    exit = Exit.FILE
