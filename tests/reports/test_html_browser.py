"""The page in headless Chromium, on a phone and on a desk, by day and by night."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports import browser
from trigforge.reports import BuildReport
from trigforge.reports.html import render_html

pytestmark = pytest.mark.skipif(
    browser.CHROMIUM is None, reason="needs Chromium to look at the page; install Debian's package chromium"
)
SECTIONS = "verdict budget notices verification resources timeline layers flow widths coverage provenance build".split()
WIDTHS = [360, 600, 1200]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_can_be_read_anywhere(full: BuildReport, dark: bool, tmp_path: Path) -> None:
    for found in browser.measure(render_html(full), WIDTHS, tmp_path, dark):
        assert found["scroll_width"] == found["width"], found["sticking_out"]
        assert found["sticking_out"] == []
        assert found["sections"] == SECTIONS
        assert found["empty_sections"] == []
        assert found["dead_anchors"] == []
        assert found["pale"] == [], "text with a contrast below 4.5"
        assert found["text_in_svg"] > 100
        assert found["paper"] < 0.1 if dark else found["paper"] > 0.8
        assert (found["boxes_that_scroll"] > 0) == (found["width"] < 1000), "wide figures scroll in their own box"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_shared_instances_can_be_read_anywhere(sharing_slices: BuildReport, dark: bool, tmp_path: Path) -> None:
    for found in browser.measure(render_html(sharing_slices), WIDTHS, tmp_path, dark):
        assert found["scroll_width"] == found["width"], found["sticking_out"]
        assert found["sections"] == [*SECTIONS[:6], "sharing", *SECTIONS[6:]]
        assert found["pale"] == [] and found["dead_anchors"] == [] and found["sticking_out"] == []


def test_the_browser_has_nothing_to_say(full: BuildReport, tmp_path: Path) -> None:
    """The page's policy forbids every request and script, and the console tells what it forbade."""
    assert browser.console(render_html(full), tmp_path) == []


def test_the_probe_sees_what_is_wrong(without_vendor: BuildReport, tmp_path: Path) -> None:
    wrong = (
        '<p style="width:900px">wide</p><p style="color:#ddd;background:#fff">pale</p>'
        '<a href="#nowhere">dead</a><img alt="" src="gone.png"></main>'
    )
    page = render_html(without_vendor).replace("</main>", wrong)
    (found,) = browser.measure(page, [360], tmp_path)
    assert found["scroll_width"] > 900 and found["sticking_out"] == ["P."]
    assert found["pale"] == ["P pale"] and found["dead_anchors"] == ["nowhere"]
    assert len(browser.console(page, tmp_path)) == 1, "the policy refuses the picture, and says so"
