"""Small wrong programs from a right one: each differs from it in one operator, constant, condition or statement.

Left alone are docstrings, annotations, decorators, and the words inside f-strings (sentences for people).
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
LEFT_ALONE = ("annotation", "returns", "decorator_list", "type_params")


@dataclass(frozen=True)
class Mutant:
    """`line` of the source and its `text`, and what stands there before and after."""

    line: int
    text: str
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class _Site:
    node: ast.AST
    apply: Callable[[], None]


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its source."""
    lines = source.splitlines()
    for number in range(len(list(_sites(ast.parse(source))))):
        tree = ast.parse(source)
        site = list(_sites(tree))[number]
        before = ast.unparse(site.node)
        site.apply()
        ast.fix_missing_locations(tree)
        line: int = getattr(site.node, "lineno", 0)
        yield Mutant(line, lines[line - 1].strip(), before, ast.unparse(site.node), ast.unparse(tree))


def _sites(tree: ast.AST) -> Iterator[_Site]:
    for node in _walk(tree):
        yield from _expression_sites(node)
        yield from _statement_sites(node)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in LEFT_ALONE:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(node, child):
                yield from _walk(child)


def _is_docstring(parent: ast.AST, child: ast.AST) -> bool:
    of_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
    return of_text or (isinstance(parent, ast.JoinedStr) and isinstance(child, ast.Constant))


def _set(node: ast.AST, field: str, value: object) -> _Site:
    return _Site(node, lambda: setattr(node, field, value))


def _expression_sites(node: ast.AST) -> Iterator[_Site]:
    match node:
        case ast.Compare(ops=[operator]):
            yield from (_set(node, "ops", [other()]) for other in COMPARED[type(operator)])
        case ast.Compare(ops=ops):
            for place, operator in enumerate(ops):
                for other in COMPARED[type(operator)]:
                    yield _set(node, "ops", [*ops[:place], other(), *ops[place + 1 :]])
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in COMPUTED:
            yield _set(node, "op", COMPUTED[type(operator)]())
        case ast.BoolOp(op=ast.And()):
            yield _set(node, "op", ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield _set(node, "op", ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _set(node, "operand", ast.UnaryOp(ast.Not(), operand))
        case ast.UnaryOp(op=ast.USub()):
            yield _set(node, "op", ast.UAdd())
        case ast.UnaryOp(op=ast.Invert()):
            yield _set(node, "op", ast.UAdd())
        case ast.Slice(lower=lower, upper=upper):
            if lower is not None:
                yield _set(node, "lower", None)
            if upper is not None:
                yield _set(node, "upper", None)
        case ast.Constant(value=value) if value is not None and value is not ...:
            yield from (_set(node, "value", other) for other in _other_values(value))


def _other_values(value: object) -> list[object]:
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1]
        case str():
            return [value + "X"] if value else ["X"]
        case bytes():
            return [value + b"X"]
        case _:
            return []


def _statement_sites(node: ast.AST) -> Iterator[_Site]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if not isinstance(
            test, ast.Compare | ast.UnaryOp
        ):
            yield _set(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=[test]):
            yield _set(node, "ifs", [])
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield _set(node, "value", ast.Constant(None))
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        if isinstance(body, list):
            yield from (_without(body, place) for place in range(len(body)) if _can_go(body[place]))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _can_go(statement: ast.stmt) -> bool:
    called = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    return called or isinstance(statement, ast.Raise | ast.Continue | ast.Break | ast.AugAssign)


def _without(body: list[ast.stmt], place: int) -> _Site:
    statement = body[place]
    block = ast.Module([statement], [])
    block.lineno = statement.lineno  # type: ignore[attr-defined]

    def apply() -> None:
        body[place] = block.body[0] = ast.Pass()

    return _Site(block, apply)
