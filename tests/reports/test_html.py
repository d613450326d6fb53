"""The page as text: every section, every figure with its source, everything escaped, nothing from elsewhere."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.reports import sample
from trigforge.coverage import Coverage, QuantizerCoverage, strips
from trigforge.design import DesignPoint, LayerDesign
from trigforge.errors import ProjectError
from trigforge.reports import (
    BudgetLine,
    BuildReport,
    Figure,
    Latency,
    Layer,
    Missing,
    NodeCost,
    Provenance,
    Verdict,
    Verification,
)
from trigforge.reports.html import charts, render_html, save_html, summary

SECTIONS = "verdict budget notices verification resources timeline layers flow widths coverage provenance build".split()
EMPTY = BuildReport("empty", "0" * 64, DesignPoint(), (), (), {})
VOID = {"meta", "link"}


class Page(HTMLParser):
    """Checks that tags nest, and keeps ids, links, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        assert not self.open, f"still open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.ids += [value for key, value in attrs if key == "id" and value]
        self.links += [value for key, value in attrs if key == "href" and value]
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("name", ["without_vendor", "with_vendor", "full", "empty"])
def test_every_report_is_a_page(name: str, request: pytest.FixtureRequest) -> None:
    report = EMPTY if name == "empty" else request.getfixturevalue(name)
    page = Page(render_html(report))
    assert [name for name in page.ids if name in SECTIONS] == SECTIONS
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_nothing_comes_from_elsewhere(full: BuildReport) -> None:
    text = render_html(full)
    assert not re.search(r"https?:|//\w|url\((?!#)|@import|@font-face|<script|\son\w+=", text)
    assert {link for link in Page(text).links if not link.startswith("#")} == {"data:,"}
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text


def test_everything_is_escaped(full: BuildReport) -> None:
    evil = "<img src=x onerror=alert(1)>&\"'{{ 77 * 77 }}"
    node = replace(full.graph[0], name=evil, kind=evil, type=evil)
    verilog = replace(
        full.implementations[0],
        stages=tuple(replace(stage, region=evil, layers=(evil,)) for stage in full.implementations[0].stages),
        layers=(Layer(evil, evil, (NodeCost(evil, (evil, evil), 1.0, 2.0, 0, 0),)),),
        latency=Latency.missing(evil),
    )
    line = BudgetLine(evil, 1, evil, Figure(2, evil, Provenance.VENDOR, evil), Verdict.VIOLATED, evil)
    report = BuildReport(
        evil,
        evil,
        DesignPoint(layers={evil: LayerDesign(reuse_factor=2)}),
        (Verification(evil, 1, 1, 0),),
        (verilog,),
        {evil: evil, "trigforge": evil},
        (line,),
        (node,),
        Coverage(
            evil,
            evil,
            1,
            (replace(sample.covered_tensor(evil, evil, (0, 0)), type=evil),),
            (QuantizerCoverage(evil, evil, evil, 1, 1, 1, 1, False),),
        ),
        (evil,),
    )
    text = render_html(report)
    assert "<img" not in text and "5929" not in text
    assert "img" not in {tag for tag, _ in Page(text).tags}
    assert text.count("&lt;img src=x onerror=alert(1)&gt;&amp;&#34;&#39;{{ 77 * 77 }}") > 20


def test_every_figure_leads_to_its_source(full: BuildReport) -> None:
    text = render_html(full)
    sources = re.findall(r'<li id="source-(\d)"><span class="kind">(\w+)</span> (.*?)</li>', text)
    assert [(number, kind) for number, kind, _ in sources] == [
        ("1", "estimated"),
        ("2", "measured"),
        ("3", "estimated"),
        ("4", "estimated"),
        ("5", "measured"),
    ]
    values = re.findall(r'<span class="value">([^<]*)</span>(?!<a class="source" href="#source-\d")', text)
    assert not values
    assert '<span class="value">57,600</span><a class="source" href="#source-4"' in text
    assert '<span class="interval">55,100 to 60,200</span>' in text


def test_every_tensor_stage_and_version_is_told(full: BuildReport) -> None:
    text = "".join(Page(render_html(full)).text)
    for node in full.graph:
        assert node.name in text and node.type in text
    for stage in full.implementations[0].stages:
        assert f"{stage.logic_ns:.2f}" in text
    for name, version in full.environment.items():
        assert name in text and version in text
    assert full.graph_digest in text and full.notices[0] in text
    assert "layers.jet_1.reuse_factor" in text and "None" not in text


def test_saved_whole_or_not_at_all(tmp_path: Path, full: BuildReport, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "build" / "report.html"
    save_html(full, path)
    assert path.read_text(encoding="utf-8") == render_html(full)

    def broken(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(ProjectError) as error:
        save_html(EMPTY, path)
    assert str(error.value) == f"cannot write {path}: No space left on device; choose another folder with --out"
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_sentences(full: BuildReport, without_vendor: BuildReport) -> None:
    def plain(report: BuildReport) -> list[str]:
        return [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in summary.sentences(report)]

    assert plain(full) == [
        "Simulated by hls4ml C simulation, native emulator, RTL simulation and mapped netlist, it gives exactly the "
        "integers of the emulator, on 10,000 events.",
        "The answer is out 12 cycles after its event goes in: 60 ns at the clock asked for. It meets 5 ns: the fastest "
        "clock has 4.4 ns (4.05 to 4.75).",
        "Of five limits it keeps two and breaks one, and for two the figures cannot tell.",
        "But values of one tensor wrap around on these events.",
    ]
    assert full.coverage is not None
    saturating = replace(full, coverage=replace(full.coverage, quantizers=full.coverage.quantizers[:2]))
    assert plain(saturating)[3] == "No value wraps around on these events; in one tensor some saturate."
    whole = replace(full, coverage=replace(full.coverage, quantizers=()))
    assert plain(whole)[3] == "No value overflows on these events."
    assert plain(without_vendor) == [
        "Simulated by hls4ml C simulation, it gives exactly the integers of the emulator, on 10,000 events.",
        "How fast the design is was neither measured nor estimated.",
    ]
    wrong = replace(full, verification=(Verification("RTL simulation", 10, 5, 1),), budget=full.budget[:2])
    assert plain(wrong)[0] == ("Do not use this design: RTL simulation did not reproduce the integers of the emulator.")
    assert plain(wrong)[2] == "It keeps all two limits."
    assert plain(replace(full, budget=full.budget[2:3]))[2] == "Of one limit, for one the figures cannot tell."
    assert plain(EMPTY) == [
        "No simulator ran, so nothing says that the firmware computes what the network does.",
        "Nothing was built.",
    ]


def test_gauges(full: BuildReport) -> None:
    clock, interval, latency, _, missing = map(charts.gauge, full.budget)
    assert (clock.start, clock.end) == (clock.limit, 100.0)
    assert (interval.start, interval.end, interval.low) == (0.0, interval.limit, None)
    assert latency.low is not None and latency.high is not None and latency.value is not None
    assert latency.low < latency.limit < latency.value < latency.high
    assert missing.value is None and missing.limit == 0.0


def test_stages_of_one_cycle_stand_on_one_another(full: BuildReport) -> None:
    verilog = full.implementations[0]
    both = tuple(replace(stage, first_cycle=0) for stage in (verilog.stages[0], verilog.stages[6]))
    plot = charts.timeline(replace(verilog, stages=both)).plots[0]
    lower, upper = plot.bars
    assert upper.y + upper.height == lower.y
    assert (lower.label, upper.label) == ("", "3,132")


def test_strips_count_what_is_pruned(full: BuildReport) -> None:
    widest, shown = charts.strips(full.graph)
    assert widest == 18
    assert [strip.node.name for strip in shown].count("jet.iq") == 1, "the Map itself has no strip"
    dense = next(strip for strip in shown if strip.node.name == "angles_2.dense")
    assert (dense.elements, dense.pruned, dense.bits) == (24, 2, 278)
    assert dense.summary.startswith("angles_2.dense: 2 of 0 bits, 2 of 10 bits")
    assert charts.strips(()) == (0, ())


def test_coverage_worst_first_on_one_scale(full: BuildReport) -> None:
    assert full.coverage is not None
    chart = strips.chart(full.coverage, charts.STRIP_WIDTH, charts.STRIP_HEIGHT)
    assert [[row.tensor.name for row in group.rows] for group in chart.groups] == [
        ["y"],
        ["x"],
        ["each/dense", "each/q"],
    ]
    assert [(group.layer.name, group.tone, group.losses) for group in chart.groups] == [
        ("y", "bad", "0.10 % WRAP, 6 of 12 bits never used"),
        ("x", "open", "1.0 % SAT, 8 of 12 bits never used"),
        ("each", None, "13 of 24 bits never used"),
    ]
    assert (chart.low, chart.high, chart.point) == (-2, 3, 80.0)
    y, x, dense, _ = (row for group in chart.groups for row in group.rows)
    assert (y.overflow, y.tone, x.overflow, x.tone) == (("0.10 % WRAP", "2"), "bad", ("1.0 % SAT", "20"), "open")
    assert (dense.overflow, dense.rounded, dense.tone) == (("", ""), ("", ""), None)
    assert (y.unused, y.bits, y.observed) == ((6, 0), 12, "-1 to 1.75")
    assert y.held.startswith("M0.0 24v-24.0h39.0v24.0z") and y.used.startswith("M0.0 24v-12.0h39.0v12.0z")
    assert y.held.count("M") == 6 and x.used.count("M") == 4
    page = Page(render_html(full))
    text = "".join(page.text)
    assert "Measured on the first 1,000 of 10,000 events." in text and "53 of 96 bits (55.2 %) were never used" in text
    labels = [attributes.get("aria-label") for tag, attributes in page.tags if tag == "svg"]
    assert "y: of 12 bits, 6 high and 0 low ones were never used" in labels


def test_layers_fold_away_but_the_worst(full: BuildReport) -> None:
    page = Page(render_html(full))
    folded = ["open" in attributes for tag, attributes in page.tags if attributes.get("class") == "layer"]
    assert folded == [True, False, False]
    assert "No events were named" in "".join(Page(render_html(replace(full, coverage=None))).text)


def test_no_figure_and_no_layer(full: BuildReport) -> None:
    bare = replace(full.implementations[0], layers=(), stages=(), latency=Latency.missing("not simulated"))
    text = render_html(replace(full, implementations=(bare,), graph=()))
    for sentence in ("tells its stages", "tells what its layers hold", "holds no graph", "holds no widths"):
        assert sentence in text
    assert Missing("not simulated").reason in text
