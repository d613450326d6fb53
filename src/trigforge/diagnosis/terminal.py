"""A diagnosis on one screen of the terminal: the verdict first; readable without colour and from 60 columns on."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.diagnosis.records import Diagnosis, Environment, LayerState, ModelFinding
from trigforge.graph import reservations
from trigforge.reports import Figure
from trigforge.tone import Tone

_SHOWN_DIGEST = 12


def render(diagnosis: Diagnosis) -> RenderableType:
    """The environment in full where no model was named, else in short behind the model."""
    if diagnosis.model is None:
        return Group(*_environment(diagnosis.environment))
    return Group(*_model(diagnosis.model), Text(), *_environment_in_short(diagnosis.environment))


def _environment(found: Environment) -> list[RenderableType]:
    """One row a tool; then what is missing, and the folders of the rest."""
    versions = ", ".join(f"{name} {version}" for name, version in found.versions)
    table = _table("tool", "version", "enables")
    details = Table.grid(padding=(0, 1))
    details.add_column(no_wrap=True)
    details.add_column(overflow="fold")
    folders: dict[str, list[str]] = {}
    for tool in found.tools:
        here = Text("missing", _tone(tool.needed).style) if tool.missing else Text("here", Tone.GOOD.style)
        table.add_row(here, Text(tool.name), Text(tool.version), Text(tool.enables))
        if tool.missing:
            details.add_row(Text("missing", _tone(tool.needed).style), Text(tool.missing))
        else:
            folders.setdefault(tool.where, []).append(tool.name)
    for where, names in folders.items():
        details.add_row(Text("here", Tone.GOOD.style), Text(f"{', '.join(names)}: {where}", "dim"))
    facts = f"{found.cores} cores, {found.memory_gib:g} GiB; cache {found.cache}"
    return [_headline(found), table, Text(), details, *_traps(found), Text(), Text(f"{versions}; {facts}", "dim")]


def _environment_in_short(found: Environment) -> list[RenderableType]:
    lacking = [Text(f"{tool.name}: {tool.missing}") for tool in found.lacking]
    return [_headline(found), *lacking, *_traps(found)]


def _headline(found: Environment) -> Text:
    if not found.lacking:
        return Text("READY: all that trigforge synth needs is here", f"bold {Tone.GOOD.style}")
    names = ", ".join(tool.name for tool in found.lacking)
    return Text(f"NOT READY: trigforge synth needs {names}", f"bold {Tone.BAD.style}")


def _traps(found: Environment) -> list[RenderableType]:
    return [Text.assemble(("trap ", Tone.OPEN.style), trap) for trap in found.traps]


def _tone(needed: bool) -> Tone:
    return Tone.BAD if needed else Tone.OPEN


def _model(found: ModelFinding) -> list[RenderableType]:
    heading = Text.assemble((found.model, "bold"), ("  graph " if found.digest else "", "dim"))
    heading.append(found.digest[:_SHOWN_DIGEST], "dim")
    return [heading, *_verdict(found), Text(), *_layers(found), *_remarks(found), *_predicted(found)]


def _verdict(found: ModelFinding) -> list[RenderableType]:
    refused = len(found.refused)
    if refused:
        reasons = "1 reason" if refused == 1 else f"{refused} reasons"
        return [Text(f"REFUSED: it cannot be exact, for {reasons}", f"bold {Tone.BAD.style}")]
    number = len(found.remarks)
    warned = f", with {number} warning{'s' if number > 1 else ''}" if number else ""
    lines = [Text(line) for line in reservations(found.approximations, found.comparison)]
    if found.approximations:
        return [Text(f"CAN BE BUILT, but not to the bit: INEXACT{warned}", f"bold {Tone.OPEN.style}"), *lines]
    tone = Tone.OPEN if number or lines else Tone.GOOD
    return [Text(f"CAN BE BUILT to the bit{warned}", f"bold {tone.style}"), *lines]


def _layers(found: ModelFinding) -> list[RenderableType]:
    if found.refused:
        return [Text.assemble((layer.name, Tone.BAD.style), f": {layer.reason}") for layer in found.refused]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("layer", "kind", "becomes", "type", "bits", "LUT"):
        table.add_column(title, justify="right" if title in ("bits", "LUT") else "left", overflow="fold")
    for layer in found.layers:
        becomes = layer.operations or str(layer.state)
        if layer.state is LayerState.LEFT_OUT and layer.operations:
            becomes += f" ({layer.state})"
        numbers = (str(layer.bits), f"{layer.lut:,}") if layer.operations else ("", "")
        table.add_row(Text(layer.name), Text(layer.kind), Text(becomes), Text(layer.type), *numbers)
    return [table]


def _remarks(found: ModelFinding) -> list[RenderableType]:
    if not found.remarks:
        return []
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for remark in found.remarks:
        grid.add_row(Text(remark.kind, Tone.OPEN.style), Text(str(remark)))
    return [Text(), grid]


def _predicted(found: ModelFinding) -> list[RenderableType]:
    if found.prediction is None:
        return [Text(), Text(f"nothing is predicted: {found.unpredicted}")] if found.unpredicted else []
    prediction = found.prediction
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("LUT, mapped", Text.assemble(_told(prediction.lut), (f"  {prediction.lut.source}", "dim")))
    grid.add_row("bits of adders", f"{prediction.adder_bits:,.0f} (counted)")
    since = prediction.latency_cycles - prediction.last_input_cycle
    arriving = f", {since} of them after the last rows of its inputs" if prediction.last_input_cycle else ""
    grid.add_row("latency", f"{prediction.latency_cycles} cycles (counted){arriving}")
    cycles = "cycle" if prediction.initiation_interval == 1 else f"{prediction.initiation_interval} cycles"
    grid.add_row("an event every", f"{cycles} (counted)")
    for title, figure in (("trigforge synth", prediction.minutes), ("memory", prediction.memory_gib)):
        grid.add_row(title, Text.assemble(_told(figure), (f"  {figure.source}", "dim")))
    return [Text(), Text("predicted", "bold"), grid]


def _told(figure: Figure) -> str:
    low, high = figure.ends
    return f"{figure.value:,} {figure.unit} ({low:,} to {high:,})"


def _table(*titles: str) -> Table:
    """A table whose first column is a state without a title."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title == "tool")
    return table
