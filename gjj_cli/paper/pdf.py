"""A 回单 as PDF bytes: jinja2 fills the page, WeasyPrint sets it; the same receipt gives the same bytes."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2

from gjj_cli import resources
from gjj_cli.paper import fonts, seal, view


@dataclass(frozen=True)
class _Press:
    """What all pages of this process share: parsing the stylesheet and opening fonts once saves a fifth of the time."""

    pages: jinja2.Environment
    stylesheet: Any
    fonts: Any
    fetcher: Any


def render(receipt: view.Receipt, code: str) -> bytes:
    """The PDF of one 回单 with its 验证码. Raises ConfigError (before drawing) for a character no font has."""
    fonts.check_glyphs(view.texts(receipt))
    import weasyprint

    press = _press()
    size, path = seal.qr_path(receipt.case_no, code)
    html = press.pages.get_template(f"{receipt.kind}.html").render(
        receipt=receipt,
        head=view.head_lines(receipt),
        settlement=view.settlement_lines(receipt),
        amount=view.amount_lines(receipt),
        notes=view.note_lines(receipt),
        code=code,
        qr_size=size,
        qr_path=path,
    )
    document = weasyprint.HTML(string=html, url_fetcher=press.fetcher).render(
        font_config=press.fonts, stylesheets=[press.stylesheet]
    )
    pdf: bytes = document.write_pdf(pdf_identifier=hashlib.sha256(view.canonical(receipt)).digest()[:16])
    return pdf


@cache
def _press() -> _Press:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    folder = resources.templates() / "pdf"
    config, fetcher = FontConfiguration(), URLFetcher(allowed_protocols=())  # no scheme is allowed: nothing is fetched
    return _Press(
        jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=True,
            finalize=_finalize,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        ),
        weasyprint.CSS(
            string=(folder / "style.css").read_text(encoding="utf-8"), font_config=config, url_fetcher=fetcher
        ),
        config,
        fetcher,
    )


def _finalize(value: object) -> object:
    """Every value a template prints passes here: characters without ink are spelled out before escaping."""
    return view.visible(value) if type(value) is str else value
