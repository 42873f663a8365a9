"""What `validate` lists, and where it writes it: codes chosen and left out, files, a GitHub step's summary."""

from pathlib import Path

import pytest

from gjj_cli.business.checked import Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import Exit, FileError, UsageError
from gjj_cli.finding import Judged
from gjj_cli.flows import reporting
from gjj_cli.flows.validate import Run
from gjj_cli.report import formats, github
from gjj_cli.rules.registry import CATALOG
from tests.report.reports import dirty, finding
from tests.rules.rule_rows import PACK, judged


def codes(select: list[str], ignore: list[str]) -> set[str]:
    return set(reporting.wanted("text", [], select, ignore).codes)


def of(begins: str) -> set[str]:
    return {code for code in CATALOG if code.startswith(begins)}


@pytest.mark.parametrize(
    ("select", "ignore", "chosen"),
    [
        ([], [], of("")),
        (["E201"], [], {"E201"}),
        (["e2*"], [], of("E2")),
        (["E2,W812"], [], of("E2") | {"W812"}),
        (["E20*", "W"], [], of("E20") | of("W")),
        (["E2，E3、E101"], ["E302"], of("E2") | of("E3") - {"E302"} | {"E101"}),
        ([], ["I901,"], of("") - {"I901"}),
        (["E201"], ["E"], set()),
    ],
)
def test_codes_are_named_whole_or_by_how_they_begin(select: list[str], ignore: list[str], chosen: set[str]) -> None:
    assert codes(select, ignore) == chosen


def run_of(*checked: Checked) -> Run:
    return Run(list(checked), policy="pack")


def one(*found: str) -> Checked:
    """A judged file with these codes."""
    checked = judged({"business": "sealing"}, PACK, None)
    checked.judged = Judged([finding(code, (2, 1)) for code in found], ["E101", "E104"], ["E403"])
    return checked


def test_what_is_left_out_is_counted_and_fails_nothing() -> None:
    run = run_of(one("E101", "E104", "W812"), one("E101"))
    reporting.choose(run, frozenset(codes([], ["E1"])))
    first, second = run.files
    assert [found.code for found in first.judged.findings] == ["W812"] and (first.ignored, second.ignored) == (2, 1)
    assert first.judged.rules_run == [] and first.judged.rules_not_run == ["E403"]
    assert run.exit is Exit.DONE and second.ok


def test_what_kept_a_file_from_being_judged_is_never_left_out() -> None:
    unreadable = Checked("旧.xls", error=FileError("旧.xls 读不了", code="E001"))
    headless = judged({"business": "sealing", "lacks": ["封存原因"]}, PACK, None)
    unknown = judged({"table": [["甲", "乙"], ["1", "2"]]}, PACK, None)
    run = run_of(unreadable, headless, unknown)
    reporting.choose(run, frozenset(codes(["E201"], [])))
    assert [[found.code for found in checked.judged.findings] for checked in run.files] == [[], ["E010"], ["E012"]]
    assert run.exit is Exit.FILE and not any(checked.ignored for checked in run.files)


@pytest.mark.parametrize(
    ("fail_on", "found", "code", "said"),
    [
        ("error", "W812", Exit.DONE, None),
        ("error", "E101", Exit.FOUND, None),
        ("warning", "W812", Exit.FOUND, "没有错误，有警告：按 --fail-on warning，退出码 1。"),
        ("warning", "E101", Exit.FOUND, None),
        ("warning", "I901", Exit.DONE, None),
        ("never", "E101", Exit.DONE, "有错误：按 --fail-on never，退出码 0。"),
        ("never", "W812", Exit.DONE, None),
    ],
)
def test_what_fails_a_run_goes_by_fail_on(fail_on: str, found: str, code: Exit, said: str | None) -> None:
    run = run_of(one(found))
    run.fail_on = fail_on
    assert (run.exit, reporting.remark(run)) == (code, said)


def test_never_does_not_hide_a_file_that_cannot_be_read_or_a_month_without_policy() -> None:
    run = run_of(Checked("旧.xls", error=FileError("旧.xls 读不了", code="E001")))
    run.fail_on = "never"
    assert run.exit is Exit.FILE and reporting.remark(run) is None
    run.files = [Checked("甲.xlsx", business=ROSTER["sealing"], uncovered=[24_000])]
    assert run.exit is Exit.CONFIG


def test_every_report_is_written_and_a_failed_one_leaves_what_was_there(tmp_path: Path) -> None:
    pairs = [f"{name}={tmp_path / 'neu' / name}" for name in formats.FORMATS]
    reporting.write(dirty(), reporting.wanted("text", pairs, [], []))
    for name in formats.FORMATS:
        assert (tmp_path / "neu" / name).read_bytes().decode() == formats.render(name, dirty())
    (tmp_path / "voll").mkdir()
    with pytest.raises(FileError, match="没有写成"):
        reporting.write(dirty(), reporting.wanted("text", [f"json={tmp_path / 'voll'}"], [], []))
    assert list((tmp_path / "voll").iterdir()) == []


def test_a_report_never_replaces_what_was_read(tmp_path: Path) -> None:
    source = tmp_path / "甲.xlsx"
    wanted = reporting.wanted("text", [f"csv={tmp_path / 'x' / '..' / '甲.xlsx'}"], [], [])
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="不能写到要校验的文件"):
        reporting.not_over_input(wanted, run_of(Checked(str(source))))


@pytest.mark.parametrize(("format_", "reports"), [("github", []), ("text", ["github={}"])])
def test_github_also_fills_the_summary_of_the_step(
    format_: str, reports: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    wanted = reporting.wanted(format_, [pair.format(tmp_path / "out") for pair in reports], [], [])
    reporting.write(dirty(), wanted)
    assert summary.read_text(encoding="utf-8") == "# before\n" + github.summary(dirty())
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    with pytest.raises(FileError, match="GITHUB_STEP_SUMMARY"):
        reporting.write(dirty(), wanted)


def test_the_summary_leaves_room_for_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * (github.SUMMARY_BYTES - 2_000))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    reporting.write(dirty(), reporting.wanted("github", [], [], []))
    assert github.SUMMARY_BYTES - 1_000 < summary.stat().st_size <= github.SUMMARY_BYTES


def test_other_formats_leave_the_summary_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    reporting.write(dirty(), reporting.wanted("sarif", [f"junit={tmp_path / 'a.xml'}"], [], []))
    assert not (tmp_path / "summary.md").exists()


@pytest.mark.parametrize(("text", "fen"), [(None, None), ("612000.00", 61_200_000), ("612,000", 61_200_000), ("0", 0)])
def test_an_expected_total_is_in_yuan(text: str | None, fen: int | None) -> None:
    assert reporting.total(text) == fen
