"""The HTML page in a real headless Chromium: filters, links, print, and nothing from a file that runs."""

import base64
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from gjj_cli.business.checked import Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.finding import Judged
from gjj_cli.report import page
from gjj_cli.report.told import Report
from tests.report.reports import awkward, dirty, expected, finding

pytestmark = pytest.mark.slow

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1280,900"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


class Page:
    """A report opened as a file, as a person would."""

    def __init__(self, browser: webdriver.Chrome, folder: Path, report: Report, fragment: str = "") -> None:
        self.browser = browser
        self.path = folder / "结果.html"
        self.path.write_text(page.render(report), encoding="utf-8")
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(self.path.as_uri() + fragment)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    @property
    def codes(self) -> list[str]:
        """The codes of the findings one sees."""
        script = "return [...document.querySelectorAll('tr[data-code]')].filter((row) => row.checkVisibility()).map((row) => row.dataset.code)"
        return list(self.browser.execute_script(script))

    @property
    def shown(self) -> str:
        return self.one("#shown").text

    @property
    def fragment(self) -> str:
        return str(self.browser.execute_script("return decodeURIComponent(location.hash)"))

    def wait(self, condition: str) -> None:
        self.browser.execute_async_script(
            f"const done = arguments[0]; (function look() {{ ({condition}) ? done() : setTimeout(look, 20) }})()"
        )


def test_a_page_shows_every_finding_and_asks_nobody(browser: webdriver.Chrome, tmp_path: Path) -> None:
    seen = Page(browser, tmp_path, dirty())
    assert len(seen.codes) == len([one for checked in dirty().files for one in checked.judged.findings])
    assert {checked for _, _, checked in expected(dirty())} - {None} <= {
        row.get_attribute("data-cell") for row in seen.all("tr[data-code]")
    }
    assert seen.shown == f"共 {len(seen.codes)} 处" and seen.one("h1").text == "校验结果 不通过"
    assert browser.get_log("browser") == []
    asked = re.findall(
        r'"url":"((?!data:)[^"]*)"', "".join(entry["message"] for entry in browser.get_log("performance"))
    )
    assert {url.partition("#")[0] for url in asked} <= {seen.path.as_uri(), "about:blank", ""}


def test_it_is_one_file_that_names_no_other() -> None:
    text = re.sub(r"=HYPERLINK\([^<]*", "", page.render(dirty()))  # what somebody wrote into a cell is text
    assert re.findall(r"""(?:src|href)=["']?(?!#)[^"' >]+|url\(|@import|https?:""", text) == []


def test_filters_by_severity_code_file_and_words(browser: webdriver.Chrome, tmp_path: Path) -> None:
    seen = Page(browser, tmp_path, dirty())
    total = len(seen.codes)
    seen.one("input[value=error]").click()
    assert set(seen.codes) and {code[0] for code in seen.codes} <= {"W", "E"} and "E101" not in seen.codes
    assert seen.shown == f"显示 {len(seen.codes)} 处，共 {total} 处"
    seen.one("button[type=reset]").click()
    seen.wait(f"document.querySelector('#shown').value === '共 {total} 处'")
    Select(seen.one("#code")).select_by_value("E101")
    assert set(seen.codes) == {"E101"}
    Select(seen.one("#file")).select_by_visible_text("sealing/dirty.xlsx")
    assert seen.codes == ["E101"]
    assert [section.get_attribute("data-name") for section in seen.all("section.file") if section.is_displayed()] == [
        "sealing/dirty.xlsx"
    ]
    seen.one("#words").send_keys("没有这样的字")
    assert seen.codes == [] and seen.shown == f"显示 0 处，共 {total} 处"
    seen.one("button[type=reset]").click()
    seen.wait(f"document.querySelector('#shown').value === '共 {total} 处'")
    seen.one("#words").send_keys("自己辞职")
    assert set(seen.codes) == {"E104"}


def test_a_finding_leads_to_its_cell_and_back(browser: webdriver.Chrome, tmp_path: Path) -> None:
    seen = Page(browser, tmp_path, awkward())
    row = seen.one("[id='f1-C5-E201']")
    row.find_element(By.CSS_SELECTOR, "td a").click()
    seen.wait("document.querySelector('details').open")
    assert seen.fragment == "#f1-C5"
    cell = seen.one("[id='f1-C5']")
    assert cell.is_displayed() and cell.text == "440203********1234" and cell.get_attribute("class") == "error"
    cell.find_element(By.TAG_NAME, "a").click()
    seen.wait("location.hash === '#f1-C5-E201'")
    assert seen.one("[id='f1-批次信息-B2-E103'] small").text == "批次信息"
    assert seen.one("[id='f1-file-W812-2']").is_displayed()
    ids = seen.browser.execute_script("return [...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))
    targets = seen.browser.execute_script(
        "return [...document.querySelectorAll('a')].map((a) => decodeURIComponent(a.hash.slice(1)))"
    )
    assert set(targets) <= set(ids)


def test_a_link_from_elsewhere_opens_the_cell_even_under_a_filter(browser: webdriver.Chrome, tmp_path: Path) -> None:
    seen = Page(browser, tmp_path, awkward(), "#f1-C5")
    seen.wait("document.querySelector('details').open")
    assert seen.one("[id='f1-C5']").is_displayed()
    Select(seen.one("#code")).select_by_value("E104")
    browser.execute_script("location.hash = 'f1-C5-E201'")
    seen.wait("document.getElementById('f1-C5-E201').checkVisibility()")
    assert seen.one("#code").get_attribute("value") == ""


def test_nothing_from_a_file_runs_or_is_markup(browser: webdriver.Chrome, tmp_path: Path) -> None:
    seen = Page(browser, tmp_path, awkward())
    assert browser.get_log("browser") == [] and len(seen.all("script")) == 1
    heading = seen.one("section.file h2").text
    assert "<script>alert(1)" in heading and "\\u202e\\x07" in heading
    assert "<script>alert(1)</script>" in seen.one("[id='f1-B6-E104'] .value").text
    browser.execute_script(
        "const script = document.createElement('script'); script.textContent = 'document.title = \"ran\"';"
        "document.body.append(script)"
    )
    assert browser.title != "ran" and "Content Security Policy" in browser.get_log("browser")[0]["message"]


def test_a_good_file_needs_no_filters(browser: webdriver.Chrome, tmp_path: Path) -> None:
    seen = Page(browser, tmp_path, Report([awkward().files[2]], [], "pack", 0.1, 0))
    assert seen.one("h1").text == "校验结果 通过" and not seen.one("#filters").is_displayed()
    assert seen.all("#rules") == [] and browser.get_log("browser") == []


def printed(browser: webdriver.Chrome) -> list[str]:
    """The pages as they would come out of a printer; a PDF maps some characters to their radicals, which is undone."""
    told = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return [
        unicodedata.normalize("NFKC", sheet.extract_text())
        for sheet in PdfReader(io.BytesIO(base64.b64decode(told["data"]))).pages
    ]


def test_it_prints_the_findings_and_what_was_filtered(browser: webdriver.Chrome, tmp_path: Path) -> None:
    seen = Page(browser, tmp_path, dirty())
    pages = printed(browser)
    assert len(pages) > 2 and "全部文件" not in "".join(pages) and "按表格看" not in "".join(pages)
    text = re.sub(r"\s", "", "".join(pages))
    found = [one for checked in dirty().files for one in checked.judged.findings if one.place.sheet != "批次信息"]
    assert [one for one in found if f"{one.place.cell or ''}{one.code}" not in text] == []
    Select(seen.one("#code")).select_by_value("E101")
    text = re.sub(r"\s", "", "".join(printed(browser)))
    assert f"显示{len(seen.codes)}处" in text and "E104" not in text.partition("代码说明")[0]


def test_it_fits_a_phone(browser: webdriver.Chrome, tmp_path: Path) -> None:
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        Page(browser, tmp_path, awkward())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_ten_thousand_findings_stay_quick(browser: webdriver.Chrome, tmp_path: Path) -> None:
    found = [
        finding("E201" if row % 2 else "E202", (row, 3), f"440203********{row % 10000:04}") for row in range(2, 10_102)
    ]
    many = Checked("多.xlsx", business=ROSTER["account-opening"], judged=Judged(found))
    seen = Page(browser, tmp_path, Report([many], [], "pack", 1.0, 1))
    assert seen.path.stat().st_size < 8_000_000
    assert len(seen.codes) == 10_000 and "只列出前 10000 处" in seen.one(".remark").text
    took = "const from = performance.now(); words.value = '0042'; apply(); document.body.offsetHeight; return performance.now() - from"
    assert browser.execute_script(took) < 2_000
    assert seen.shown.startswith("显示 1")
