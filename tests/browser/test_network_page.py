"""The page of `ncverify measure --html` in a real browser."""

from __future__ import annotations

import pytest

from ncverify.cli import main
from tests.browser.test_report_page import all_of, contrast, luminance, one
from tests.commands.test_network_page import random_file


@pytest.fixture
def network(chromium, tmp_path):
    """The page, freshly opened; a message on the console fails the test."""
    out = tmp_path / "page.html"
    assert main(["measure", str(random_file(tmp_path / "<b>net & net.npz")), "--html", str(out)]) == 0
    chromium.set_window_size(1200, 1000)
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get(out.as_uri())
    yield chromium
    assert chromium.get_log("browser") == []


def test_figures_and_numbers_are_seen_and_the_file_name_is_text(network):
    assert one(network, "h1").text.endswith("<b>net & net.npz")
    assert all(g.is_displayed() for g in all_of(network, "svg"))
    assert len(all_of(network, ".heat")) == 3
    assert len(all_of(network, "table.numbers")) >= 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_and_dark(network, scheme):
    network.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    background = luminance(network.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert (background > 0.5) == (scheme == "light")
    for selector in ("body", "h1", ".kicker", "figcaption", ".note", "nav a"):
        assert contrast(network, selector) >= 4.5, selector  # WCAG 2.2, level AA
    network.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_button_changes_light_and_dark(network):
    before = network.execute_script("return getComputedStyle(document.body).backgroundColor")
    one(network, "#theme").click()
    assert network.execute_script("return getComputedStyle(document.body).backgroundColor") != before


@pytest.mark.parametrize("width", [400, 1200])
def test_no_width_makes_the_page_scroll_sideways(network, width):
    network.set_window_size(width, 900)
    script = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert network.execute_script(script)


def test_every_picture_and_region_has_a_name(network):
    for element in all_of(network, "svg, button, a[href], [role='region'], [role='group']"):
        if element.is_displayed():
            assert element.accessible_name.strip(), element.get_attribute("outerHTML")[:200]
