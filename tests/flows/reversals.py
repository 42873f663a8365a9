"""Steps of the tests of 红字冲销: asked for, refused with nothing changed, carried out by a second person."""

import sqlite3
from typing import Any

import pytest

from gjj_cli.case import Action, Case, State
from gjj_cli.errors import GjjError, Refused
from gjj_cli.flows import reversing, review
from tests.e2e.books import UNIT, Man, Office, numbered

DAY, OTHER = "2025-10-15", "0500002"


def ask(office: Office, target: str, day: str = DAY, login: str = "admin", **how: Any) -> reversing.Asked:
    return reversing.submit(office.as_(login, day), target, how.pop("reason", "录错了"), **how)


def reverse(office: Office, target: str, day: str = DAY) -> Case:
    """Submitted by the administrator, approved by 初审; the books are verified after each."""
    case = ask(office, target, day).case
    office.verify()
    (done,) = review.act(office.as_("first", day), [case.case_no], Action.APPROVE)
    office.verify()
    assert done.state is State.DONE
    return done


def refused(office: Office, target: str, code: str | None, **how: Any) -> GjjError:
    before = dump(office)
    with pytest.raises(Refused) as refusal:
        ask(office, target, **how)
    assert refusal.value.code == code
    assert "账簿没有变" in refusal.value.what
    assert dump(office) == before
    return refusal.value


def dump(office: Office) -> str:
    books = sqlite3.connect(office.home / "gjj.db")
    said = "\n".join(books.iterdump())
    books.close()
    return said


def ref(office: Office, unit: str = UNIT, place: int = -1) -> str:
    return office.vouchers(unit)[place].ref.text


def two_people(office: Office) -> Office:
    """Two people of a unit that has paid through 2025-05 and has the money for many months."""
    men = {"A": Man("4000"), "B": Man("5000", cur="1234.56")}
    office.unit(UNIT, numbered(men), day="2025-06-01", paid="2025-05", suspense="9000.00")
    return office
