"""The PDF itself: real pages read back with pypdf and pdftotext, the same bytes again, and nothing but text in it."""

import io
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pypdf
import pytest

from gjj_cli import atomic, resources
from gjj_cli.errors import ConfigError, FileError
from gjj_cli.paper import pdf, view
from tests.paper.paper_samples import code_of, remittance, sealing

AGAIN = """
import hashlib
from gjj_cli.paper import pdf
from tests.paper.paper_samples import code_of, remittance
print(hashlib.sha256(pdf.render(remittance(), code_of(remittance()))).hexdigest())
"""


@cache
def printed(receipt: view.Receipt) -> bytes:
    return pdf.render(receipt, code_of(receipt))


def pages(data: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def test_a_remittance_says_all_of_it_on_one_a4_page() -> None:
    receipt = remittance()
    reader = pypdf.PdfReader(io.BytesIO(printed(receipt)))
    (page,) = reader.pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    text = pages(printed(receipt))[0]
    for said in (
        *("住房公积金汇缴回单", "韶关市住房公积金管理中心", "韶关示例机械有限公司", "0500001-2505-001"),
        *("0500001-2505-记001、0500001-2505-记002", "贰零贰伍年伍月壹拾肆日", "首次汇缴年月 2007-07"),
        *("2024-02 65 66,022.00 66,022.00 132,044.00", "合计 2 个月 - 132,044.00 132,044.00 264,088.00"),
        *("汇缴总金额 ￥264,088.00", "人民币贰拾陆万肆仟零捌拾捌元整", "缴款方式 暂收"),
        *("经办机构（盖章）", "操作员 张经办", "单位经办人（签字）", "第 1 页，共 1 页", f"验证码 {code_of(receipt)}"),
    ):
        assert said in text, said
    assert reader.metadata is not None
    assert reader.metadata.title == "住房公积金汇缴回单 0500001-2505-001"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_another_reader_sees_the_same(tmp_path: Path) -> None:
    path = tmp_path / "回单.pdf"
    atomic.write(path, printed(sealing()))
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "住房公积金个人账户封存回单" in text
    assert re.search(r"合计\s+13 人\s+-21,936\.00", text)
    assert f"验证码 {code_of(sealing())}" in text


@pytest.mark.slow
def test_three_hundred_people_take_pages_with_the_header_on_each() -> None:
    texts = pages(printed(sealing(300)))
    assert len(texts) == 8
    for number, text in enumerate(texts, 1):
        assert f"第 {number} 页，共 8 页" in text
        assert "序号 个人账号 姓名 证件号码 封存前 封存后 变化缴存额" in text
        assert code_of(sealing(300)) in text
        assert ("住房公积金个人账户封存回单（续）" in text) == (number > 1)
    assert [number for text in texts for number in re.findall(r"(\d+) 01\d{8} 李示例", text)] == [
        str(number) for number in range(1, 301)
    ]
    assert "合计 300 人" in texts[-1]
    assert all("盖章" not in text for text in texts[:-1])


def test_one_person_is_a_whole_page_too() -> None:
    assert "合计 1 人 -21,936.00" in pages(printed(sealing(1)))[0]


def test_marks_and_notes_are_printed() -> None:
    receipt = replace(
        remittance(), reprint=True, sample=True, solo=True, as_of_note="业务日期不是办理当天，办理日 2026-01-05。"
    )
    text = pages(printed(receipt))[0]
    for said in ("补打 示例", "示例账簿的数据，不作凭证。", "未分人审核", "办理日 2026-01-05"):
        assert said in text, said


def test_the_same_receipt_is_the_same_bytes_here_and_in_another_process() -> None:
    import hashlib

    first = printed(remittance())
    printed(sealing())
    assert pdf.render(remittance(), code_of(remittance())) == first
    environment = os.environ | {
        "PYTHONHASHSEED": "7",
        "TZ": "America/New_York",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    run = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.strip() == hashlib.sha256(first).hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "{{ 7*7 }}{% raw %}",
        "&lt;b&gt;",
        "李\u202e示例",
        "𠮷䶮㛃",
        "阿卜杜拉·买买提",
        "长" * 120,
        "x" * 120,
    ],
)
def test_a_hostile_name_is_shown_as_text_on_one_page(name: str) -> None:
    (text,) = pages(printed(sealing(1, name)))
    assert view.visible(name).replace(" ", "") in text.replace(" ", "")


def test_nothing_is_fetched_attached_or_linked() -> None:
    hits: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/x"
    lure = (
        f'<img src="{url}"><a href="{url}">a</a><link rel=attachment href="{url}"><style>@import "{url}"</style>'
        f"<iframe src='file:///etc/hostname'>"
    )
    receipt = replace(sealing(1, lure[:120]), unit_name=lure, summary=lure, org=f"url({url})", operator=lure)
    data = printed(receipt)
    server.shutdown()
    server.server_close()
    assert hits == []
    reader = pypdf.PdfReader(io.BytesIO(data))
    everything = " ".join(str(reader.get_object(number)) for number in range(1, reader.trailer["/Size"]))
    for forbidden in ("/URI", "/EmbeddedFile", "/JavaScript", "/JS", "/Launch", "/Annots", "/Image"):
        assert forbidden not in everything, forbidden


def test_the_press_refuses_to_fetch_even_what_a_template_asks_for() -> None:
    from gjj_cli.paper.pdf import _press

    for url in ("http://127.0.0.1/x", "file:///etc/hostname", "data:text/plain,x"):
        with pytest.raises(ValueError, match="disallowed"):
            _press().fetcher.fetch(url)


def test_no_template_switches_escaping_off() -> None:
    for path in (resources.templates() / "pdf").glob("*.html"):
        assert "safe" not in path.read_text(encoding="utf-8"), path


def test_a_name_no_font_has_stops_the_print() -> None:
    with pytest.raises(ConfigError, match="空框"):
        pdf.render(sealing(1, "王\ue123明"), code_of(sealing()))


def test_a_cut_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "凭证" / "2025-05" / "回单.pdf"
    atomic.write(path, b"old")
    with pytest.raises(TypeError):
        atomic.write(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    atomic.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert [child.name for child in path.parent.iterdir()] == ["回单.pdf"]


def test_where_it_cannot_be_written_the_clerk_is_told(tmp_path: Path) -> None:
    (tmp_path / "凭证").write_text("a file, not a folder")
    with pytest.raises(FileError, match="没有写成"):
        atomic.write(tmp_path / "凭证" / "回单.pdf", b"new")
