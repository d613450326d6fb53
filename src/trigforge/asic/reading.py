"""``read_library``: the cells of a Liberty file that mapping, simulation, timing and energy can use.

These are gates and flip-flops of a rising clock. Cells of other kinds (latches, tri-state buffers, clear and preset)
are left out, each with its reason; a netlist that holds one is refused.
"""

from collections.abc import Mapping
from pathlib import Path

from trigforge.asic.expression import MOST_INPUTS, Expression, parse
from trigforge.asic.grids import CLOCK_SLEW, DATA_SLEW, LOAD, SLEW, Axis, read_table
from trigforge.asic.liberty import Group, read_groups
from trigforge.asic.library import Arc, Cell, Edges, Input, Library, Output, Power, Register, Sense
from trigforge.errors import LibraryError

_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}


def read_library(path: Path) -> Library:
    """The library of a Liberty file; ``LibraryError``, with file and line, for one that is damaged or has no cells."""
    top = read_groups(path)
    reader = _Reader(top)
    cells: dict[str, Cell] = {}
    left_out: dict[str, str] = {}
    for group in top.of("cell"):
        if group.name in cells or group.name in left_out:
            raise group.error("stands twice")
        reason = _unusable(group)
        if reason:
            left_out[group.name] = reason
        else:
            cells[group.name] = reader.cell(group)
    if not cells:
        raise top.error("has no cells that can be used")
    conditions = {group.name: group for group in top.of("operating_conditions")}
    usual = conditions.get(top.text("default_operating_conditions", ""), top)
    voltage = usual.number("voltage", top.number("nom_voltage", 0.0))
    if not 0 < voltage:
        raise top.error(f"has a supply of {voltage:g} V")
    temperature = usual.number("temperature", top.number("nom_temperature", 25.0))
    return Library(top.name, path, voltage * reader.volt, temperature, cells, left_out)


def _unusable(cell: Group) -> str:
    """The reason for which a cell is left out, empty for one that is not."""
    for kind in ("latch", "statetable", "latch_bank", "ff_bank", "test_cell", "bus", "bundle"):
        if cell.of(kind):
            return f"it has a {kind}"
    for register in cell.of("ff"):
        others = sorted({"clear", "preset", "clocked_on_also", "power_down_function"} & register.attributes.keys())
        if others:
            return f"its flip-flop has {' and '.join(others)}"
        if parse(register.text("clocked_on")).gate is not None:
            return "its flip-flop takes no rising clock"
        if parse(register.text("next_state")).pins & {*register.arguments}:
            return "its flip-flop keeps its state"
    outputs = [pin for pin in cell.of("pin") if pin.text("direction", "") == "output"]
    if any("three_state" in pin.attributes for pin in outputs):
        return "it has a tri-state output"
    if not outputs or any("function" not in pin.attributes for pin in outputs):
        return "it has no output with a function"
    if any(pin.text("direction", "") not in ("input", "output", "internal") for pin in cell.of("pin")):
        return "it has a pin that is no input and no output"
    inputs = [pin for pin in cell.of("pin") if pin.text("direction", "") == "input"]
    return f"it has more than {MOST_INPUTS} inputs" if len(inputs) > MOST_INPUTS else ""


class _Reader:
    """Units and templates of a library."""

    def __init__(self, top: Group) -> None:
        self._top = top
        self._templates = {
            group.name: group for kind in ("lu_table_template", "power_lut_template") for group in top.of(kind)
        }
        self._ns = self._unit("time_unit", "s", top.text("time_unit")) * 1e9
        self.volt = self._unit("voltage_unit", "V", top.text("voltage_unit", "1V"))
        self._nW = self._unit("leakage_power_unit", "W", top.text("leakage_power_unit", "1nW")) * 1e9
        loads = top.attributes.get("capacitive_load_unit")
        if loads is None or len(loads.values) != 2:
            raise top.error("has no capacitive_load_unit of a number and ff or pf", "capacitive_load_unit")
        self._fF = self._unit("capacitive_load_unit", "F", "".join(loads.values)) * 1e15
        self._fJ = self._fF * self.volt**2
        load, slew = Axis(LOAD, self._fF), Axis(SLEW, self._ns)
        self._by_load = (load, slew)
        self._by_slews = (Axis(CLOCK_SLEW, self._ns), Axis(DATA_SLEW, self._ns))

    def _unit(self, name: str, base: str, text: str) -> float:
        digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
        letters = text[len(digits) :].strip()
        prefix = letters[:-1].lower() if letters[-1:].lower() == base.lower() else "?"
        try:
            number = float(digits)
        except ValueError:
            number = 0.0
        if prefix not in _PREFIXES or not 0 < number < float("inf"):
            known = ", ".join(f"1{known}{base}" for known in _PREFIXES)
            raise self._top.error(f"has the {name} {text!r}, which is unknown; known are {known}", name)
        return number * _PREFIXES[prefix]

    def cell(self, group: Group) -> Cell:
        pins = {pin.name: pin for pin in group.of("pin")}
        inputs = {name: self._input(pin) for name, pin in pins.items() if pin.text("direction") == "input"}
        registers = group.of("ff")
        register = self._register(registers[0], pins) if registers else None
        known = {*inputs} if register is None else {register.state, register.inverse}
        outputs = {
            name: self._output(pin, inputs, known, register is not None)
            for name, pin in pins.items()
            if pin.text("direction") == "output"
        }
        if register is not None:
            self._check(registers[0], register.next_state, {*inputs} - {register.clock})
            if register.clock not in inputs:
                raise registers[0].error(f"is clocked by {register.clock!r}, which is no input pin")
        leakage = group.number("cell_leakage_power", self._top.number("default_cell_leakage_power", -1.0))
        if leakage < 0:
            raise group.error("has no cell_leakage_power, and the library no default")
        area = group.number("area")
        if area < 0:
            raise group.error(f"has an area of {area:g}", "area")
        return Cell(group.name, area, leakage * self._nW, inputs, outputs, register)

    def _input(self, pin: Group) -> Input:
        capacitance = pin.number("capacitance", self._top.number("default_input_pin_cap", -1.0))
        if capacitance < 0:
            raise pin.error("has no capacitance")
        return Input(capacitance * self._fF, self._powers(pin))

    def _output(self, pin: Group, inputs: Mapping[str, Input], known: set[str], clocked: bool) -> Output:
        try:
            function = parse(pin.text("function"))
        except LibraryError as error:
            raise pin.error(f"has a function that is none: {error}", "function") from None
        self._check(pin, function, known)
        kinds = ("rising_edge",) if clocked else ("combinational", "combinational_rise", "combinational_fall")
        arcs = tuple(
            self._arc(timing)
            for timing in pin.of("timing")
            if timing.text("timing_type", "combinational") in kinds and timing.text("related_pin") in inputs
        )
        lacking = frozenset[str]() if clocked else function.pins - {arc.source for arc in arcs}
        if lacking or (clocked and not arcs):
            raise pin.error(f"has no delay tables from {', '.join(sorted(lacking)) or 'its clock'}")
        powers = self._powers(pin)
        if not powers and function.pins:
            raise pin.error("has no internal_power, without which its energy is unknown")
        return Output(function, arcs, powers)

    def _check(self, group: Group, function: Expression, known: set[str]) -> None:
        strange = sorted(function.pins - known)
        if strange:
            raise group.error(f"has a function of {', '.join(strange)}, which it does not have")

    def _edges(self, group: Group, kinds: tuple[str, str], axes: tuple[Axis, Axis], unit: float) -> Edges:
        tables = [group.of(kind) for kind in kinds]
        if not any(tables):
            raise group.error(f"has neither {kinds[0]} nor {kinds[1]}")
        rise, fall = (
            read_table(found[0], self._templates, axes, unit) if found else None for found in tables
        )  # one alone stands for both, as of a cell that pulls up only
        rise, fall = rise or fall, fall or rise
        assert rise is not None and fall is not None
        return Edges(rise, fall)

    def _arc(self, group: Group) -> Arc:
        sense = group.text("timing_sense", Sense.NON_UNATE)
        if sense not in list(Sense):
            raise group.error(f"has the timing_sense {sense!r}; known are {', '.join(Sense)}", "timing_sense")
        return Arc(
            group.text("related_pin"),
            Sense(sense),
            self._edges(group, ("cell_rise", "cell_fall"), self._by_load, self._ns),
            self._edges(group, ("rise_transition", "fall_transition"), self._by_load, self._ns),
        )

    def _powers(self, pin: Group) -> tuple[Power, ...]:
        found: list[Power] = []
        for group in pin.of("internal_power"):
            kinds = ("power", "power") if group.of("power") else ("rise_power", "fall_power")
            edges = self._edges(group, kinds, self._by_load, self._fJ)
            sources = group.text("related_pin", "").split()
            found += [Power(source, edges) for source in sources or [""]]
        return tuple(found)

    def _register(self, group: Group, pins: Mapping[str, Group]) -> Register:
        if len(group.arguments) != 2:
            raise group.error("does not name its state and the inverse of it")
        setup: dict[str, Edges] = {}
        for name, pin in pins.items():
            for timing in pin.of("timing"):
                if timing.text("timing_type", "") == "setup_rising":
                    kinds = ("rise_constraint", "fall_constraint")
                    setup[name] = self._edges(timing, kinds, self._by_slews, self._ns)
        next_state = parse(group.text("next_state"))
        lacking = sorted(next_state.pins - setup.keys())
        if lacking:
            raise group.error(f"has no setup time of {', '.join(lacking)}")
        return Register(group.text("clocked_on"), next_state, group.arguments[0], group.arguments[1], setup)
