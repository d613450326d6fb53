"""Verilog text of thin wrappers: headers with their origin, ports, instances, and where a port stands in a vector."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trigforge.design import Redundancy
from trigforge.project.rtl import RtlPort, Shell
from trigforge.rtl.cells import register_parameters, vector


@dataclass(frozen=True)
class WrappedCore:
    """A core, with its input ports in the order of the core, and where each port stands in a concatenation."""

    core: str
    inputs: tuple[RtlPort, ...]
    outputs: tuple[RtlPort, ...]
    latency_cycles: int
    initiation_interval: int
    origin: str
    redundancy: Redundancy = Redundancy.NONE

    @property
    def events(self) -> tuple[RtlPort, ...]:
        return tuple(port for port in self.inputs if not port.register)

    @property
    def registers(self) -> tuple[RtlPort, ...]:
        return tuple(port for port in self.inputs if port.register)

    @property
    def in_bits(self) -> int:
        return sum(port.bits for port in self.events)

    @property
    def beats(self) -> int:
        """The clock cycles in which an event arrives; inputs that come all at once do so in the first."""
        return max(port.beats for port in self.events)

    @property
    def beat_bits(self) -> int:
        """All that arrives of an event in one of these."""
        return sum(port.wired.bits for port in self.events)

    @property
    def out_bits(self) -> int:
        return sum(port.bits for port in self.outputs)

    @property
    def has_start(self) -> bool:
        """The need to be told when an event comes, of a core that does not take one at every edge."""
        return self.initiation_interval > 1

    @property
    def interval(self) -> dict[str, int]:
        """The parameter of hand-written modules, where it is not their default."""
        return {"INTERVAL": self.initiation_interval} if self.has_start else {}

    @property
    def copies(self) -> dict[str, int]:
        """The parameter of hand-written modules that hold registers, where it is not their default."""
        return register_parameters(self.redundancy)


def shell_wrapper(
    wrapped: WrappedCore, shell: Shell, note: Sequence[str], ports: Sequence[str], body: Sequence[str]
) -> str:
    """The module ``<core>_<shell>``."""
    name = f"{wrapped.core}_{shell}"
    told = f"{name}: {wrapped.core}, {wrapped.latency_cycles} cycles, in its shell {shell}."
    return wrapper(wrapped, name, [told, *note], ports, body)


def wrapper(
    wrapped: WrappedCore,
    name: str,
    note: Sequence[str],
    ports: Sequence[str],
    body: Sequence[str],
    parameters: str = "",
) -> str:
    """A module, with what it is and where it comes from in its header."""
    declared = [f"{port}," for port in ports[:-1]] + [ports[-1]]
    lines = [
        *header(wrapped, note),
        "`default_nettype none",
        "",
        f"module {name}{parameters} (",
        *indented(declared),
        ");",
        *indented(body),
        "endmodule",
        "",
        "`default_nettype wire",
    ]
    return text(lines)


def header(wrapped: WrappedCore, note: Sequence[str]) -> list[str]:
    """Comment lines that tell what a file is, and its origin."""
    return [f"// {line}".rstrip() for line in (*note, "", *wrapped.origin.splitlines())]


def valid_pipeline(wrapped: WrappedCore, latency_cycles: int, in_valid: str, out_valid: str) -> list[str]:
    """The shift register beside the core."""
    return instance(
        "tf_valid_pipeline",
        "in_flight",
        {"LATENCY": latency_cycles, **wrapped.copies},
        {"clk": "clk", "rst": "rst", "in_valid": in_valid, "out_valid": out_valid},
    )


def core_instance(wrapped: WrappedCore, clk: str, start: str, connections: Mapping[str, str]) -> list[str]:
    """The core itself, in the order of its ports; registers are ports of the wrapper by the same name. ``start`` is
    high where an event is on the inputs, for a core that must be told."""
    names = [port.name for port in (*wrapped.inputs, *wrapped.outputs)]
    control = {"clk": clk, "start": start} if wrapped.has_start else {"clk": clk}
    return instance(wrapped.core, "wrapped_core", {}, control | {name: connections.get(name, name) for name in names})


def whole_core_instance(wrapped: WrappedCore, clk: str, start: str, connections: Mapping[str, str]) -> list[str]:
    """As ``core_instance``, where ``connections`` bring the whole event in the cycle of ``start``."""
    lines, parts = handed_on(wrapped.events, clk, start, connections, wrapped.copies)
    return [*lines, *core_instance(wrapped, clk, start, {**connections, **parts})]


def handed_on(
    ports: Iterable[RtlPort], clk: str, start: str, sources: Mapping[str, str], parameters: Mapping[str, int]
) -> tuple[list[str], dict[str, str]]:
    """The modules that hand events on beat by beat to the ports that arrive so, with ``parameters`` more, and the wire
    to each of these."""
    lines: list[str] = []
    parts: dict[str, str] = {}
    for port in (port for port in ports if port.beats > 1):
        whole = f"{{{port.missing_bits}'d0, {sources[port.name]}}}" if port.missing_bits else sources[port.name]
        parts[port.name] = f"{port.name}__beat"
        lines.append(f"wire {bit_range(port.wired.bits)}{parts[port.name]};")
        size = {"W": port.wired.bits, "BEATS": port.beats, **parameters}
        wires = {"clk": clk, "start": start, "event_data": whole, "beat": parts[port.name]}
        lines += instance("tf_beats", f"{port.name}__beats", size, wires)
    return lines, parts


def instance(module: str, name: str, parameters: Mapping[str, int | str], connections: Mapping[str, str]) -> list[str]:
    values = ", ".join(f".{key}({value})" for key, value in parameters.items())
    ports = [f".{port}({wire})" for port, wire in connections.items()]
    head = f"{module} #({values}) {name} (" if values else f"{module} {name} ("
    return [head, *indented([f"{port}," for port in ports[:-1]] + [ports[-1]]), ");"]


def slices(vector: str, ports: Iterable[RtlPort]) -> dict[str, str]:
    """port -> its bits in a vector of all ports, first port lowest."""
    return {port.name: f"{vector}{_bits(high, low)}" for port, high, low in _places(ports)}


def table(vector: str, ports: Iterable[RtlPort]) -> list[str]:
    """Lines of a header that say where each port stands in a vector of all."""
    return [
        f"{vector}{_bits(high, low)} is {port.name}, the tensor {port.tensor}" for port, high, low in _places(ports)
    ]


def _bits(high: int, low: int) -> str:
    return f"[{high}:{low}]" if high > low else f"[{low}]"


def _places(ports: Iterable[RtlPort]) -> list[tuple[RtlPort, int, int]]:
    places: list[tuple[RtlPort, int, int]] = []
    low = 0
    for port in ports:
        places.append((port, low + port.bits - 1, low))
        low += port.bits
    return places


def unused(vector: str, bits: int, all_bits: int) -> list[str]:
    """Says that the bits from ``bits`` up are read by nothing, where there are any."""
    return [f"wire unused = &{{1'b0, {vector}{_bits(all_bits - 1, bits)}}};"] if bits < all_bits else []


def zeros(vector: str, bits: int, all_bits: int) -> list[str]:
    """Zeros in the bits from ``bits`` up, where there are any."""
    return [f"assign {vector}{_bits(all_bits - 1, bits)} = {all_bits - bits}'d0;"] if bits < all_bits else []


def declared_ports(direction: str, ports: Iterable[RtlPort]) -> list[str]:
    """Ports as the core has them."""
    return [declared(direction, port.name, port.wired.bits) for port in ports]


def declared(direction: str, name: str, bits: int = 1) -> str:
    """A port in a header; one bit is no vector."""
    return f"{direction:<6} wire {vector(bits)}{name}"


def bit_range(bits: int) -> str:
    """The range of a vector, with the space behind it."""
    return f"[{bits - 1}:0] "


def indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
