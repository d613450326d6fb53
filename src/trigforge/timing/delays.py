"""Delays of UltraScale+ logic in ps, from ``resources/timing.toml``, which names the sources."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt

Row = tuple[float, ...]


@dataclass(frozen=True)
class CarryDelays:
    """From each pin of a CARRY8 to O0..O7, then CO0..CO7 (16 entries a row); negative where there is no way.

    ``cin`` and ``ax`` are one row each, ``di`` and ``s`` one row a pin.
    """

    cin: Row
    ax: Row
    di: tuple[Row, ...]
    s: tuple[Row, ...]
    bypass: float
    next_block: float


@dataclass(frozen=True)
class Delays:
    """``lut`` holds the way into a pin and through the LUT, fastest pin first; ``lut_inside`` the LUT alone.

    ``wire_start`` and ``wire_tile`` make the unscaled delay of a wire, see ``wire``.
    """

    lut: Row
    lut_inside: Row
    clock_to_output: float
    setup: float
    register_beside_lut: float
    register_from_wire: float
    control_setup: float
    multiplexer_data: Row
    multiplexer_select: float
    multiplexer_beside_lut: float
    carry: CarryDelays
    wire_start: float
    wire_tile: float
    source: str

    def wire(self, fanout: int) -> float:
        """The shortest wire of a net of this fan-out, in ps, before the factor that is fitted to whole designs."""
        return self.wire_start + self.wire_tile * sqrt(fanout)


@cache
def delays() -> Delays:
    """The figures of ``timing.toml``."""
    table = tomllib.loads((files("trigforge.resources") / "timing.toml").read_text(encoding="utf-8"))
    lut, register, multiplexer = table["lut"], table["flip_flop"], table["wide_multiplexer"]
    carry, wire = table["carry"], table["wire"]
    inside = tuple(lut["input_to_output_ps"])
    return Delays(
        lut=tuple(pin + way for pin, way in zip(inside, lut["site_pin_ps"], strict=True)),
        lut_inside=inside,
        clock_to_output=register["clock_to_output_ps"],
        setup=register["setup_ps"],
        register_beside_lut=register["from_lut_of_same_slice_ps"],
        register_from_wire=register["from_site_pin_ps"],
        control_setup=register["control_setup_ps"],
        multiplexer_data=tuple(multiplexer["data_to_output_ps"]),
        multiplexer_select=multiplexer["select_to_output_ps"] + multiplexer["select_site_pin_ps"],
        multiplexer_beside_lut=multiplexer["from_lut_of_same_slice_ps"],
        carry=CarryDelays(
            cin=(*carry["cin"]["o_ps"], *carry["cin"]["co_ps"]),
            ax=(*carry["ax"]["o_ps"], *carry["ax"]["co_ps"]),
            di=_rows(carry["di"]),
            s=_rows(carry["s"]),
            bypass=carry["bypass_site_pin_ps"],
            next_block=carry["next_block_ps"],
        ),
        wire_start=wire["start_ps"],
        wire_tile=wire["tile_ps"],
        source=table["source"],
    )


def _rows(table: dict[str, list[list[float]]]) -> tuple[Row, ...]:
    return tuple((*o, *co) for o, co in zip(table["o_ps"], table["co_ps"], strict=True))
