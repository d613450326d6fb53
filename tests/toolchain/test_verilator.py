"""RTL through Verilator: right designs agree, broken ones are caught, and nothing is compiled twice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.toy_rtl import toy_answer, toy_events, toy_project
from trigforge.errors import EventsError, ProjectError, ToolFailedError, ToolMissingError
from trigforge.graph.simulation import Mantissas
from trigforge.project import Shell, write
from trigforge.toolchain import verilator
from trigforge.toolchain.verilator_bench import ProtocolFault
from trigforge.toolchain.verilator_run import MeasuredTiming, RtlSimulation, ScenarioResult

try:
    verilator.find()
except ToolMissingError as error:
    pytest.skip(str(error), allow_module_level=True)

Edit = Callable[[str], str]
VALID_EDITS: dict[str, Edit] = {
    "toy": str,
    "stale": lambda text: text.replace("rst ? 3'b0 : {valid[1:0], in_valid}", "{valid[1:0], in_valid}"),
    "late": lambda text: (
        text.replace("[2:0] valid;", "[3:0] valid;")
        .replace("valid[2];", "valid[3];")
        .replace("3'b0 : {valid[1:0]", "4'b0 : {valid[2:0]")
    ),
    "wrong": lambda text: text.replace("a_wide + b_wide", "a_wide - b_wide"),
    "busy": lambda text: text.replace(".a(a)", ".a(a & {72{!valid[0]}})"),
    "deaf": lambda text: text.replace("= valid[2];", "= 1'b0;"),
}
AXIS_EDITS: dict[str, Edit] = {
    "toy": str,
    "unstable": lambda text: text.replace("{7'b0, queue[read_at[2:0]]}", "{7'b0, queue[read_at[2:0]] ^ {96'b0, take}}"),
    "withdrawn": lambda text: text.replace("write_at != read_at;", "write_at != read_at && !valid[1];"),
    "stuck": lambda text: text.replace(" + {3'b0, give}", "", 1),
    "overrun": lambda text: text.replace("4'd8", "4'd15"),
}


def _batch(folder: Path, edits: dict[str, Edit], shell: Shell) -> dict[str, RtlSimulation]:
    projects = [toy_project(name, edit) for name, edit in edits.items()]
    return dict(zip(edits, verilator.compile_rtl_batch(projects, folder, shell), strict=True))


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RtlSimulation]:
    return _batch(tmp_path_factory.mktemp("valid"), VALID_EDITS, Shell.VALID)


@pytest.fixture(scope="module")
def axis(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RtlSimulation]:
    return _batch(tmp_path_factory.mktemp("axis"), AXIS_EDITS, Shell.AXIS)


def _agree(outputs: ScenarioResult, inputs: dict[str, Mantissas]) -> bool:
    answer = toy_answer(inputs)
    return all(np.array_equal(outputs.outputs[name], answer[name][outputs.events]) for name in answer)


@pytest.mark.parametrize("shell", [Shell.VALID, Shell.AXIS])
def test_every_event_comes_out_whatever_happens(
    shell: Shell, valid: dict[str, RtlSimulation], axis: dict[str, RtlSimulation]
) -> None:
    simulation = (valid if shell is Shell.VALID else axis)["toy"]
    inputs, steps = toy_events(2000), list[int]()
    result = simulation.run(inputs, progress=steps.append)
    assert result.simulator == "RTL"
    assert result.faults == ()
    assert sum(steps) == 2000
    for name, expected in toy_answer(inputs).items():
        assert np.array_equal(result.outputs[name], expected)
    for seed in range(5):
        scenarios = simulation.exercise(inputs, seed)
        assert [one.faults for one in scenarios] == [()] * len(scenarios)
        assert all(_agree(one, inputs) for one in scenarios)
        *undisturbed, reset = scenarios
        assert all(np.array_equal(one.events, np.arange(2000)) for one in undisturbed)
        assert 1900 < len(reset.events) < 2000


def test_scenarios_are_named_and_repeatable(valid: dict[str, RtlSimulation], axis: dict[str, RtlSimulation]) -> None:
    inputs = toy_events(200)
    assert [one.name for one in valid["toy"].exercise(inputs)] == ["gaps in valid", "reset in mid-stream"]
    assert [one.name for one in axis["toy"].exercise(inputs)] == [
        "back-pressure",
        "back-pressure, slow source",
        "reset in mid-stream",
    ]
    first, again = (valid["toy"].exercise(inputs, 3)[1].events for _ in range(2))
    assert np.array_equal(first, again)


def test_latency_and_initiation_interval_are_measured(
    valid: dict[str, RtlSimulation], axis: dict[str, RtlSimulation]
) -> None:
    assert valid["toy"].measure() == MeasuredTiming(latency_cycles=3, initiation_interval=1)
    assert valid["busy"].measure() == MeasuredTiming(latency_cycles=3, initiation_interval=2)
    assert valid["late"].measure().latency_cycles == 4
    assert axis["toy"].measure() == MeasuredTiming(latency_cycles=4, initiation_interval=1)
    with pytest.raises(ToolFailedError) as error:
        valid["deaf"].measure()
    assert str(error.value) == "deaf_valid raised no out_valid within 76 cycles of an event"
    with pytest.raises(ToolFailedError) as error:
        axis["stuck"].measure()
    assert str(error.value) == "stuck_axis took in or handed out fewer events than it was offered"


def _broken(simulation: RtlSimulation) -> set[str]:
    return {fault.what for one in simulation.exercise(toy_events(500)) for fault in one.faults}


def test_broken_shells_are_caught(valid: dict[str, RtlSimulation], axis: dict[str, RtlSimulation]) -> None:
    low, high = "out_valid low where an event is due", "out_valid high where no event is due"
    assert _broken(valid["stale"]) == {high}
    assert _broken(valid["late"]) == {low, high}
    assert valid["deaf"].run(toy_events(10)).faults == (ProtocolFault(low, 10, 7),)
    assert _broken(axis["unstable"]) == {"m_axis_tdata changed while stalled"}
    assert _broken(axis["withdrawn"]) == {"m_axis_tvalid withdrawn while stalled"}
    assert _broken(axis["stuck"]) == {"events that were never taken in"}
    assert _broken(axis["overrun"]) == {"m_axis_tdata changed while stalled"}


def test_a_wrong_core_differs_and_its_valid_is_right(valid: dict[str, RtlSimulation]) -> None:
    inputs = toy_events(100)
    result, answer = valid["wrong"].run(inputs), toy_answer(inputs)
    assert result.faults == ()
    assert not np.array_equal(result.outputs["y.out"], answer["y.out"])
    assert np.array_equal(result.outputs["z"], answer["z"])


def test_a_register_that_changes_waits_for_the_pipeline(
    valid: dict[str, RtlSimulation], axis: dict[str, RtlSimulation]
) -> None:
    inputs = toy_events(300)
    inputs["g"] = np.repeat(np.arange(-15, 15), 10)
    result = valid["toy"].run(inputs)
    assert all(np.array_equal(result.outputs[name], expected) for name, expected in toy_answer(inputs).items())
    assert all(_agree(one, inputs) and not one.faults for one in valid["toy"].exercise(inputs))
    with pytest.raises(EventsError) as error:
        axis["toy"].run(inputs)
    assert str(error.value) == (
        "register 'g' changes from event to event, which a stream cannot follow; give it one event"
    )


def test_inputs_that_do_not_fit_are_refused(valid: dict[str, RtlSimulation]) -> None:
    inputs = toy_events(3)
    inputs["b"][1, 1, 0] = 32
    with pytest.raises(EventsError) as error:
        valid["toy"].run(inputs)
    assert str(error.value) == (
        "input 'b': event 1 holds 32 in element 2, and its port takes 0 to 31; "
        "give mantissas at the scale of the input's type"
    )
    with pytest.raises(EventsError) as error:
        valid["toy"].run({"b": inputs["b"]})
    assert str(error.value) == "the graph takes the inputs ['b', 'g', 'layer.a'], found ['b']; give these"
    with pytest.raises(ProjectError) as refused:
        valid["toy"].probe_values(inputs)
    assert str(refused.value) == "this simulation has no probes; compile it with probes=True"


def test_probes_show_what_stands_in_the_registers(tmp_path: Path) -> None:
    simulation = verilator.compile_rtl(write(toy_project(), tmp_path), probes=True)
    inputs = toy_events(50)
    answer = toy_answer(inputs)
    values = {probe.value: found for probe, found in simulation.probe_values(inputs)}
    assert np.array_equal(values["whole"], answer["z"])
    assert np.array_equal(values["shifted_1"], answer["y.out"][:, 0, 1])
    assert np.array_equal(simulation.run(inputs).outputs["z"], answer["z"])
    assert simulation.exercise(inputs) == ()
    with pytest.raises(ProjectError) as error:
        simulation.measure()
    assert str(error.value) == "the bare core has no valid to measure; compile the shell 'valid' or 'axis'"


def test_nothing_is_compiled_twice(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write(toy_project(), tmp_path)
    first = verilator.compile_rtl(written, None)
    assert np.array_equal(first.run(toy_events(5)).outputs["z"], toy_answer(toy_events(5))["z"])
    assert list((own_cache / "simulations").glob("*/*.so")) == [first.library]
    monkeypatch.setattr(verilator, "run_tools", _no_compiler)
    assert verilator.compile_rtl(written, None) == first


def _no_compiler(*_: object, **__: object) -> None:
    raise AssertionError("a compiler ran")


def test_what_a_project_lacks_is_refused(tmp_path: Path) -> None:
    written = write(toy_project(), tmp_path)
    with pytest.raises(ProjectError) as error:
        verilator.compile_rtl(written, Shell.TMUX)
    assert str(error.value) == "project 'toy' holds no shell 'tmux'; it has axis, valid"
    with pytest.raises(ProjectError) as error:
        verilator.compile_rtl_batch([toy_project(), toy_project()], tmp_path)
    assert str(error.value) == "namespace 'toy' appears twice in a batch; give graphs other names or versions"
    assert verilator.compile_rtl_batch([], tmp_path) == []


def test_lint_finds_every_warning_and_simulation_stops_at_errors_only(own_cache: Path, tmp_path: Path) -> None:
    written = write(toy_project(), tmp_path / "good")
    for shell in (Shell.VALID, Shell.AXIS, None):
        verilator.lint_rtl(written, shell)
    verilator.lint_rtl(written, probes=True)
    sloppy = write(toy_project(edit=lambda text: text.replace("{4'b0, b[5", "{5'b0, b[5")), tmp_path / "sloppy")
    with pytest.raises(ToolFailedError, match=r"verilator failed with status 1; [^%]*%Warning-WIDTHTRUNC: toy.v:28"):
        verilator.lint_rtl(sloppy)
    broken = write(toy_project(edit=lambda text: text.replace("endgenerate", "")), tmp_path / "broken")
    with pytest.raises(ToolFailedError, match=r"verilator failed with status 1; (.|\n)*syntax error"):
        verilator.compile_rtl(broken)
    assert not list((own_cache / "simulations").glob("making-*"))
