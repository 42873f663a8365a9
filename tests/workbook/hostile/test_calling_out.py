"""Workbooks that would call out: nothing may be opened, fetched or run because a file says so."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gjj_cli import app
from tests.workbook import packages
from tests.workbook.hostile import book
from tests.workbook.hostile.test_hostile import DAY

RELATION = '<Relationship Id="rId9" Type="http://x/{kind}" Target="{target}" TargetMode="External"/></Relationships>'


@dataclass
class Trap:
    """A loopback listener that counts who comes, and a pipe on which a reader would hang for ever."""

    url: str
    file: Path
    visitors: list[object] = field(default_factory=list)


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Trap]:
    pipe = tmp_path / "canary"
    os.mkfifo(pipe)
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Trap(f"http://127.0.0.1:{server.getsockname()[1]}/canary", pipe)

        def listen() -> None:
            while True:
                try:
                    visitor, _ = server.accept()
                except OSError:  # the test is over
                    return
                made.visitors.append(visitor.getpeername())
                visitor.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def formula(text: str) -> dict[str, str | bytes]:
    """The base of the person is a formula with a stored result."""
    cell = f'<c r="D2"><f>{text}</f><v>5000</v></c>'
    rows = book.rows().replace(book.text_cell("D2", "5000"), cell)
    assert cell in rows
    return book.parts() | {packages.SHEET: packages.sheet(rows)}


def external(part: str, kind: str, target: str) -> dict[str, str | bytes]:
    """A relation of that part to something outside."""
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels".lstrip("/")
    made = book.parts()
    before = str(made.get(rels, '<Relationships xmlns="r"></Relationships>'))
    return made | {rels: before.replace("</Relationships>", RELATION.format(kind=kind, target=target))}


CALLS = {
    "hyperlink": formula("HYPERLINK(&quot;{target}&quot;)"),
    "webservice": formula("WEBSERVICE(&quot;{target}&quot;)"),
    "image": formula("_xlfn.IMAGE(&quot;{target}&quot;)"),
    "dde": formula("cmd|&apos; /C touch {target}&apos;!A0"),
    "import": formula("IMPORTXML(&quot;{target}&quot;,&quot;//a&quot;)"),
    "external-cell": formula("[{target}]Sheet1!A1"),
    "external-number": formula("[1]Sheet1!A1") | {"xl/externalLinks/externalLink1.xml": "<externalLink/>"},
    "call": formula("CALL(&quot;libc.so.6&quot;,&quot;system&quot;,&quot;JC&quot;,&quot;touch {target}&quot;)"),
    "sheet-hyperlink": external(packages.SHEET, "hyperlink", "{target}"),
    "workbook-link": external("xl/workbook.xml", "externalLink", "{target}"),
    "attached-template": external("", "attachedTemplate", "{target}"),
    "main-part-outside": external("", "officeDocument", "{target}"),
    "strings-outside": external("xl/workbook.xml", "sharedStrings", "{target}"),
    "picture-outside": external("xl/drawings/drawing1.xml", "image", "{target}"),
    "connection": book.parts()
    | {
        "xl/connections.xml": '<connections><connection refreshOnLoad="1"><webPr url="{target}"/></connection></connections>'
    },
    "query": book.parts() | {"xl/queryTables/queryTable1.xml": '<queryTable refreshOnLoad="1" x="{target}"/>'},
    "ole": book.parts() | {"xl/embeddings/oleObject1.bin": "{target}"},
    "custom-ui": book.parts() | {"customUI/customUI.xml": '<customUI xmlns="u" onLoad="{target}"/>'},
    "style-sheet": book.parts()
    | {packages.SHEET: '<?xml-stylesheet href="{target}"?>' + str(book.parts()[packages.SHEET])},
    "xinclude": book.parts()
    | {
        packages.SHEET: packages.sheet(
            book.rows(), '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{target}"/>'
        )
    },
}


@pytest.mark.parametrize("call", CALLS)
def test_nobody_is_called(
    call: str, trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for target in (trap.url, trap.file.as_uri(), str(trap.file)):
        made = {name: str(part).replace("{target}", target) for name, part in CALLS[call].items()}
        Path("开户.xlsx").write_bytes(packages.pack(made))
        command = ["--as-of", DAY, "validate", "--offline", "开户.xlsx"]
        assert app.main(command) == 0
        assert app.main([*command, "--annotate", "--yes"]) in (0, 4)  # 4: the workbook cannot be kept whole
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert trap.visitors == []
