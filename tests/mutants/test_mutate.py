"""The mutants are what they should be, and nothing that means nothing is mutated."""

import pytest

from tests.mutants import run
from tests.mutants.mutate import mutants


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("a == b", ["a != b"]),
        ("0 < a < 2", ["1 < a < 2"]),
        ("a + b", ["a - b"]),
        ("a and b", ["a or b"]),
        ("a[1:]", ["a[:]"]),
        ("x = not a", ["x = not not a"]),
        ("x = 5", ["x = 6", "x = 4"]),
        ("x = 'a'", ["x = 'aX'"]),
        ("x = b'a'", ["x = b'aX'"]),
        ("x = True", ["x = False"]),
        ("raise a", ["pass"]),
        ("a()", ["pass"]),
        ("a += b", ["pass", "a -= b"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
        ("if a:\n    b", ["if not a:\n    b"]),
        ("[a for a in b if c]", ["[a for a in b]"]),
    ],
)
def test_each_kind_of_mutant(source: str, after: list[str]) -> None:
    assert set(after) <= {mutant.source for mutant in mutants(source)}
    assert source not in {mutant.source for mutant in mutants(source)}


@pytest.mark.parametrize(
    "source", ["'a docstring'", "x: int", "def f(a: 'b') -> 'c':\n    pass", "@d(1)\ndef f():\n    pass"]
)
def test_what_means_nothing_is_left_alone(source: str) -> None:
    assert list(mutants(source)) == []


@pytest.mark.slow
def test_equivalent_mutants_are_listed_with_a_reason_and_exist() -> None:
    for module in run.MODULES:
        source = (run.ROOT / module).read_text(encoding="utf-8")
        made = {(mutant.text, mutant.before, mutant.after) for mutant in mutants(source)}
        assert run.equivalents(module) <= made
