"""A headless Chromium with the page of a small ledger in it; skipped, with the reason, where there is none."""

from __future__ import annotations

import os
import shutil

import pytest

from ncverify.report.files import write_report
from tests.report.sample import sample
from tests.ulpm import PAPER

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,1000",
)


@pytest.fixture(scope="session")
def chromium():
    """The browser."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is in the extra browser")
    from selenium.webdriver.chrome.service import Service

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not program or not driver:
        missing = "Chromium" if not program else "chromedriver"
        if os.environ.get("NCVERIFY_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{missing} is not on this machine, and NCVERIFY_REQUIRE_BROWSER=1 demands it")
        pytest.skip(f"{missing} is not on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in FLAGS:
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    yield browser
    browser.quit()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Where the page is."""
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, sample(), PAPER.figures())
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(chromium, address):
    """The page, freshly opened; a message on the console fails the test."""
    chromium.set_window_size(1200, 1000)
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get(address)
    yield chromium
    assert chromium.get_log("browser") == []
