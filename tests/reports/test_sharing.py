"""What slices share: in the file, on the terminal, and in the picture of instances over clock cycles."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from itertools import pairwise

import jsonschema
import pytest
from rich.console import Console

from tests.reports import sample
from tests.reports.test_files import SCHEMA
from tests.reports.test_html import SECTIONS, Page
from trigforge.errors import ReportFormatError
from trigforge.reports import (
    Arriving,
    BuildReport,
    Figure,
    Occupancy,
    Sharing,
    from_json,
    render,
    sharing_wording,
    to_json,
)
from trigforge.reports.html import charts, occupancy, render_html


def changed(sharing: Sharing, **fields: object) -> BuildReport:
    report = sample.shared()
    built = replace(report.implementations[0], sharing=replace(sharing, **fields))
    return replace(report, implementations=(built,))


def test_the_file_reads_back_equal_and_fits_the_schema(sharing_slices: BuildReport) -> None:
    form = json.loads(to_json(sharing_slices))
    jsonschema.validate(form, SCHEMA)
    assert from_json(to_json(sharing_slices)) == sharing_slices
    verilog, hls = form["implementations"]
    assert "sharing" not in hls
    assert [stage.get("busy_cycles") for stage in verilog["stages"]] == [4] * 6 + [None] * 6
    first = verilog["sharing"]["occupancy"][0]
    assert (first["slices"], first["instances"], first["begin_cycle"], first["end_cycle"]) == (16, 4, 1, 12)
    assert first["adder_bits"]["apart"]["provenance"] == "estimated"


def test_without_sharing_the_file_is_as_it_was(full: BuildReport) -> None:
    form = json.loads(to_json(full))
    assert not any("sharing" in entry for entry in form["implementations"])
    assert not any("busy_cycles" in stage for stage in form["implementations"][0]["stages"])
    assert from_json(json.dumps(form)) == full


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("interval", None, "implementations[0].sharing has no key 'interval'"),
        ("interval", "4", "implementations[0].sharing.interval is '4'; an integer belongs there"),
        ("occupancy", [3], "implementations[0].sharing.occupancy[0] is 3; an object belongs there"),
        ("built", {}, "implementations[0].sharing.built has no key 'adder_bits'"),
    ],
)
def test_wrong_files(key: str, value: object, message: str, sharing_slices: BuildReport) -> None:
    form = json.loads(to_json(sharing_slices))
    form["implementations"][0]["sharing"][key] = value
    if value is None:
        del form["implementations"][0]["sharing"][key]
    with pytest.raises(ReportFormatError) as error:
        from_json(json.dumps(form))
    assert message in str(error.value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(form, SCHEMA)


def test_figures_are_in_their_unit() -> None:
    bits = sample.sharing().built.adder_bits
    with pytest.raises(ReportFormatError, match="apart is given in 'LUT'; it is counted in 'bits'"):
        replace(sample.sharing().occupancy[0].adder_bits, apart=replace(bits, unit="LUT"))


def printed(report: BuildReport, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(render(report))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_the_terminal_has_a_row_for_each_map(sharing_slices: BuildReport, full: BuildReport) -> None:
    lines = printed(sharing_slices, 120)
    start = lines.index(
        "sharing an event every 4 cycles; 5 cycles were asked for, and nothing that is shared needs more"
    )
    told = " ".join(line.strip() for line in lines[start + 1 : start + 5])
    assert told == (
        "the design saves 46,556 of 74,140 adder bits, and it saves 24,510 of 39,665 register bits; paid with 120 "
        "adder bits for choices of operands and 311 for accumulators rows keeps one instance for each of its 3 slices: "
        "so the design costs 24.5 look-up tables, and with fewer instances 1,040, registers counted as tables too"
    )
    assert lines[start + 5 : start + 7] == [
        "jet.iq   16 slices on 4 instances, 4 slots  saves 44,394 of 59,192 adder bits [6]",
        "jet.sum  joined over 4 slots                takes 604 more than 310 adder bits [6]",
    ]
    assert any(line.startswith(f"[6]  estimated: {sample.PLANNED}") for line in lines)
    assert not any("sharing" in line for line in printed(full, 120))
    for width in (50, 60, 80):
        assert max(map(len, printed(sharing_slices, width))) <= width


def test_nothing_is_shared_and_the_report_says_why() -> None:
    sharing = replace(sample.sharing(), occupancy=(), interval=1)
    assert sharing_wording.interval(sharing) == (
        "no slices share instances, although the design leaves 5 cycles from one event to the next"
    )
    alone = replace(sharing, kept_apart=())
    assert sharing_wording.interval(alone).endswith(": no layer works on slices, or each has an instance of its own")
    assert (
        sharing_wording.interval(replace(sample.sharing(), asked_interval=4)) == "an event every 4 cycles, as asked for"
    )
    text = "".join(Page(render_html(changed(sharing))).text)
    assert "rows keeps one instance for each of its 3 slices" in text and "on the way" not in text


def test_the_page_has_a_section_where_slices_share(sharing_slices: BuildReport, full: BuildReport) -> None:
    page = Page(render_html(sharing_slices))
    assert [name for name in page.ids if name in {*SECTIONS, "sharing"}] == [*SECTIONS[:6], "sharing", *SECTIONS[6:]]
    assert len(page.ids) == len(set(page.ids)) and "#sharing" in page.links
    text = "".join(page.text)
    assert "An event every 4 cycles; 5 cycles were asked for" in text
    assert "jet.iq, instance 1: slice 5 of this event, cycle 2" in text
    assert "jet.iq, instance 1: slice 5 of the next event, cycle 6" in text
    assert "jet.sum, instance 0: slot 3 of this event, cycle 12" in text
    assert "pale end of a row" in text and "busy cycles" in text
    assert "sharing" not in Page(render_html(full)).ids and "busy cycles" not in render_html(full)


def bars(sharing: Sharing, name: str, tone: str) -> list[occupancy.Slot]:
    return [s for s in occupancy.chart(sharing, 20).slots if s.title.startswith(f"{name},") and s.tone == tone]


def test_no_instance_has_two_slices_at_once_and_the_next_event_fills_what_is_free() -> None:
    sharing = sample.sharing()
    own = bars(sharing, "jet.iq", "now")
    assert sorted(int(bar.label) for bar in own) == list(range(16))
    both = [*own, *bars(sharing, "jet.iq", "next")]
    for row in {bar.y for bar in both}:
        along = sorted((bar for bar in both if bar.y == row), key=lambda bar: bar.x)
        assert len(along) == 8
        assert all(before.x + before.width < after.x < before.x + before.width + 2 for before, after in pairwise(along))
        assert [bar.tone for bar in along] == ["now"] * 4 + ["next"] * 4


def test_a_body_that_shares_inside_of_shared_instances_is_busy_once_a_slot_of_theirs() -> None:
    outer = Occupancy("outer", (), (), False, 2, 1, 2, 3, 1, 9, sample.sharing().occupancy[0].adder_bits)
    inner = replace(outer, name="inner", inside=("outer",), slices=3, slots=3, spacing_cycles=1, begin_cycle=2)
    sharing = replace(sample.sharing(), interval=6, occupancy=(outer, inner))
    assert len(bars(sharing, "inner", "now")) == 6
    assert [bar.label for bar in sorted(bars(sharing, "inner", "now"), key=lambda bar: bar.x)] == list("012012")


def test_many_instances_are_told_in_a_few_rows() -> None:
    first, other = sample.sharing().occupancy
    many = replace(sample.sharing(), occupancy=(replace(first, slices=255, instances=64), other))
    chart = occupancy.chart(many, 20)
    assert [row.label for row in chart.rows][:5] == [
        "instance 0",
        "instance 1",
        "instance 2",
        "60 more instances, busy alike",
        "instance 63",
    ]
    last = [bar for bar in chart.slots if "instance 63:" in bar.title and bar.tone == "now"]
    assert [bar.label for bar in last] == ["63", "127", "191"], "the last instance idles in the last slot"
    assert chart.height < 400


def test_bands_show_until_when_shared_stages_work(sharing_slices: BuildReport) -> None:
    drawn = charts.timeline(sharing_slices.implementations[0])
    (band,) = drawn.busy
    assert band.title == "jet.iq works on slices of one event in cycles 0 to 8"
    assert len(drawn.ticks) == 12
    assert charts.shortened("angles_1_to_particle_2.choices") == "angles_…choices"
    assert charts.shortened("fifteen_letters") == "fifteen_letters"


def test_inputs_that_arrive_row_by_row_are_told() -> None:
    """With the time from the last row on; a file without them reads as before."""
    report = changed(sample.sharing(), arriving=(Arriving("particles", 16, 1, 15),))
    assert from_json(to_json(report)) == report
    jsonschema.validate(json.loads(to_json(report)), SCHEMA)
    latency = report.implementations[0].latency.cycles
    assert isinstance(latency, Figure)
    since = latency.value - 15
    told = f"particles comes 1 of 16 rows a cycle; outputs follow {since} cycles after the last ones"
    assert f"arrival {told}" in " ".join(" ".join(printed(report, 200)).split())
    page = "".join(Page(render_html(report)).text).replace("\N{NO-BREAK SPACE}", " ")
    assert told in page and "cycles after its event begins to arrive" in page
    as_they_come = replace(sample.sharing(), interval=16, asked_interval=16, arriving=(Arriving("x", 16, 1, 15),))
    assert sharing_wording.interval(as_they_come) == "an event every 16 cycles, in which its inputs arrive"
