"""The report in a real browser: filter, sort, open, copy, keyboard, colours, print."""

from __future__ import annotations

import base64

import pytest

from ncverify.ledger.ledger import assemble
from ncverify.report.files import write_report
from tests.report.sample import HOSTILE
from tests.ulpm import PAPER

CSS = "css selector"


def all_of(page, selector):
    return page.find_elements(CSS, selector)


def one(page, selector):
    return page.find_element(CSS, selector)


def shown_ids(page):
    return [cell.text for cell in all_of(page, "#table tbody th") if cell.is_displayed()]


def heading(page, name):
    return next(cell for cell in all_of(page, "#table thead th") if cell.text.startswith(name))


def press(page, *keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(page).send_keys(*keys).perform()


def test_the_page_shows_every_statement_and_nothing_of_its_texts_runs(page):
    assert len(shown_ids(page)) == 4
    assert HOSTILE.split()[0] in shown_ids(page)[2]
    assert page.execute_script("return document.scripts.length") == 1


def test_a_search_filters_rows_and_sections_and_says_how_many(page):
    one(page, "#search").send_keys("thm-3.1 EQUALITY")
    assert shown_ids(page) == ["thm-3.1-equality"]
    assert one(page, "#shown").text == "1 of 4 shown"
    assert len([s for s in all_of(page, "details.statement") if s.is_displayed()]) == 1
    one(page, "#search").send_keys("zzz")
    assert shown_ids(page) == []
    assert one(page, "#nothing").is_displayed()
    one(page, "#reset").click()
    assert len(shown_ids(page)) == 4


def test_a_tile_filters_by_verdict_and_again_shows_all(page):
    tile = one(page, ".tile[data-verdict='false']")
    tile.click()
    assert shown_ids(page) == ["thm-3.1-equality"]
    assert tile.get_attribute("aria-pressed") == "true"
    assert one(page, "#verdict").get_attribute("value") == "false"
    tile.click()
    assert len(shown_ids(page)) == 4
    assert tile.get_attribute("aria-pressed") == "false"


def test_columns_sort_both_ways_numbers_as_numbers_and_gaps_last(page):
    tried = heading(page, "Tried")
    one(tried, "button").click()
    assert shown_ids(page)[0] == "nc4"
    assert shown_ids(page)[-1] == "thm-3.1-equality"
    assert tried.get_attribute("aria-sort") == "ascending"
    one(tried, "button").click()
    assert shown_ids(page)[0] == "thm-3.1-equality"
    assert tried.get_attribute("aria-sort") == "descending"
    slack = heading(page, "Tightest")
    for first in ("thm-3.1-bound", "thm-3.1-equality"):
        one(slack, "button").click()
        assert shown_ids(page)[0] == first
        assert shown_ids(page)[-1] == "nc4"
    assert len(all_of(page, "[aria-sort]")) == 1


def test_a_statement_opens_from_the_table_and_gets_the_focus(page):
    assert not one(page, "[id='thm-3.1-equality']").get_attribute("open")
    one(page, "a[href='#thm-3.1-equality']").click()
    assert one(page, "[id='thm-3.1-equality']").get_attribute("open")
    assert page.switch_to.active_element == one(page, "[id='thm-3.1-equality'] summary")
    one(page, "[id='thm-3.1-equality'] summary").click()
    assert not one(page, "[id='thm-3.1-equality']").get_attribute("open")
    page.execute_script("document.querySelector('#table a[href=\"#thm-3.1-equality\"]').click()")
    assert one(page, "[id='thm-3.1-equality']").get_attribute("open")


def test_an_address_with_a_statement_opens_it(page, address):
    page.get("about:blank")
    page.get(address + "#thm-3.1-equality")
    assert one(page, "[id='thm-3.1-equality']").get_attribute("open")


def test_the_command_of_a_counterexample_is_copied(page):
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    one(page, "a[href='#thm-3.1-equality']").click()
    button = one(page, "[id='thm-3.1-equality'] .command .copy")
    button.click()
    copied = page.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == button.get_attribute("data-copy")
    assert copied.startswith("cd '/")
    assert " && ncverify recheck witnesses/" in copied
    assert copied == one(page, "[id='thm-3.1-equality'] .command code").text
    assert button.text == "Copied"
    assert one(page, "#announce").get_attribute("textContent") == "Copied"


def test_without_a_clipboard_the_old_way_copies(page):
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    one(page, "a[href='#thm-3.1-equality']").click()
    page.execute_script("window.kept = navigator.clipboard.readText.bind(navigator.clipboard)")
    page.execute_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    one(page, "[id='thm-3.1-equality'] .command .copy").click()
    assert page.execute_async_script("window.kept().then(arguments[0])").startswith("cd '/")


def test_all_of_it_is_reached_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys

    press(page, Keys.TAB)
    assert page.switch_to.active_element.get_attribute("class") == "skip"
    press(page, Keys.ENTER)
    press(page, Keys.TAB, *"nc4")
    assert shown_ids(page) == ["nc4"]
    for _ in range(40):
        press(page, Keys.TAB)
        if page.switch_to.active_element.get_attribute("href"):
            break
    press(page, Keys.ENTER)
    assert one(page, "#nc4").get_attribute("open")


def test_every_control_has_a_name(page):
    one(page, "#open-all").click()
    for control in all_of(page, "button, input, select, a[href], summary, [role='region'], [role='img']"):
        if control.is_displayed():
            assert control.accessible_name.strip(), control.get_attribute("outerHTML")


def luminance(colour):
    """The relative luminance of `rgb(r, g, b)`, as WCAG defines it."""
    parts = [float(v) / 255 for v in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page, selector):
    """The contrast of a text with the background behind it."""
    script = """
        let at = document.querySelector(arguments[0]);
        const ink = getComputedStyle(at).color;
        while (at.parentElement && getComputedStyle(at).backgroundColor === "rgba(0, 0, 0, 0)") at = at.parentElement;
        return [ink, getComputedStyle(at).backgroundColor];"""
    dark, light = sorted(luminance(colour) for colour in page.execute_script(script, selector))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read_in_light_and_dark(page, scheme):
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    one(page, "#open-all").click()
    background = luminance(page.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert (background > 0.5) == (scheme == "light")
    tiles = [f".tile .v-{verdict}" for verdict in ("holds", "false", "open")]
    for selector in (
        "body",
        "h1",
        ".kicker",
        "td .v-false",
        "a[href='#thm-3.1-equality']",
        ".note",
        ".meaning",
        *tiles,
    ):
        assert contrast(page, selector) >= 4.5, selector  # WCAG 2.2, level AA
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_button_changes_light_and_dark(page):
    before = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    one(page, "#theme").click()
    assert page.execute_script("return getComputedStyle(document.body).backgroundColor") != before
    one(page, "#theme").click()
    assert page.execute_script("return getComputedStyle(document.body).backgroundColor") == before


def query(page):
    return page.execute_script("return location.search")


def test_filters_and_order_stay_in_the_address(page, address):
    one(page, ".tile[data-verdict='false']").click()
    choose(page, "#order", "severity")
    assert query(page) == "?verdict=false&order=severity"
    page.get("about:blank")
    page.get(address + "?verdict=false&order=severity#thm-3.1-equality")
    assert shown_ids(page) == ["thm-3.1-equality"]
    assert one(page, "#order").get_attribute("value") == "severity"
    assert one(page, "[id='thm-3.1-equality']").get_attribute("open")
    one(page, "#reset").click()
    assert len(shown_ids(page)) == 4
    assert query(page) == ""
    page.get(address + "?verdict=absent")
    assert len(shown_ids(page)) == 4


def choose(page, selector, value):
    one(page, f"{selector} option[value='{value}']").click()


def test_the_worst_comes_first_where_the_order_is_by_severity(page):
    assert shown_ids(page)[0] == "thm-3.1-bound"
    choose(page, "#order", "severity")
    assert shown_ids(page)[:2] == ["thm-3.1-equality", "thm-3.1-bound"]
    assert all_of(page, "details.statement")[0].get_attribute("id") == "thm-3.1-equality"
    choose(page, "#order", "")
    assert shown_ids(page)[0] == "thm-3.1-bound"
    assert all_of(page, "details.statement")[0].get_attribute("id") == "thm-3.1-bound"


def test_the_address_of_a_statement_is_copied_with_the_filters(page, address):
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    one(page, ".tile[data-verdict='false']").click()
    one(page, "a[href='#thm-3.1-equality']").click()
    one(page, "[id='thm-3.1-equality'] .link button").click()
    copied = page.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == address + "?verdict=false#thm-3.1-equality"


@pytest.fixture(scope="session")
def every_formula(tmp_path_factory):
    """A page with all formulas of the paper."""
    folder = tmp_path_factory.mktemp("formulas")
    write_report(folder, assemble(PAPER, {"seed": 0}, {}))
    return (folder / "report.html").as_uri()


TOO_WIDE = """
    document.querySelectorAll('details').forEach((section) => { section.open = true; });
    return [...document.querySelectorAll('.formula')].filter((one) => one.scrollWidth > one.clientWidth + 1)
        .map((one) => one.closest('details').id);"""


@pytest.mark.parametrize(("width", "media"), [(1300, ""), (500, ""), (420, ""), (700, "print")])
def test_every_formula_wraps_within_its_width(page, every_formula, width, media):
    page.get(every_formula)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
    try:
        assert page.execute_script("return innerWidth") == width
        assert page.execute_script(TOO_WIDE) == []
        page.execute_script("document.querySelectorAll('.formula wbr').forEach((one) => one.remove());")
        page.execute_script("document.querySelectorAll('.formula').forEach((f) => { f.style.whiteSpace = 'nowrap'; });")
        assert len(page.execute_script(TOO_WIDE)) > 3  # control: they would not fit on one line
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [400, 1200])
def test_no_width_makes_the_page_scroll_sideways(page, width):
    page.set_window_size(width, 900)
    one(page, "#open-all").click()
    assert page.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_nothing_is_cut_off_at_the_right_of_a_printed_page(page):
    metrics = {"width": 700, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    widest = "return Math.max(...[...document.querySelectorAll('table')].map((t) => t.getBoundingClientRect().right))"
    try:
        page.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert 500 < page.execute_script(widest) <= 700
        page.execute_script("document.querySelector('table.parts th').style.whiteSpace = 'nowrap'")
        page.execute_script("document.querySelector('table.parts th').textContent = 'long '.repeat(99)")
        assert page.execute_script(widest) > 700  # control: what does not fit is seen
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_prints_with_every_section_and_without_controls(page):
    page.execute_script(
        "addEventListener('beforeprint', () => { window.seen = document.querySelectorAll"
        "('details.statement[open]').length; })"
    )
    pdf = base64.b64decode(page.print_page())
    assert pdf.startswith(b"%PDF")
    assert page.execute_script("return window.seen") == 4
    assert all_of(page, "details.statement[open]") == []
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not one(page, "#theme").is_displayed()
    assert not one(page, ".filters").is_displayed()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_it_can_be_read_without_script(page):
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.refresh()
    try:
        assert len(shown_ids(page)) == 4
        assert not one(page, ".filters").is_displayed()
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_figures_keep_their_colours_apart_and_folded_ones_open(page):
    curves = all_of(page, ".panel .curve.one, .panel .curve.two")
    assert len({curve.value_of_css_property("stroke") for curve in curves}) == 2
    assert all(curve.value_of_css_property("fill") == "none" for curve in curves)
    shades = {r.value_of_css_property("fill-opacity") for r in all_of(page, ".phases .shade")}
    assert {"0", "1"} <= shades
    for fold in all_of(page, ".fold"):
        fold.find_element(CSS, "summary").click()
        assert fold.find_element(CSS, ".panel").is_displayed()
