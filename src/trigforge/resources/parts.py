"""FPGAs that can be built for: their resources, and what each part holds (``parts.toml`` names the sources)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Self

from trigforge.errors import DesignError
from trigforge.suggestions import known_names


class FpgaResource(StrEnum):
    """Resources of an FPGA: key in files, unit, name in tables."""

    unit: str
    label: str

    def __new__(cls, key: str, unit: str, label: str) -> Self:
        member = str.__new__(cls, key)
        member._value_ = key
        member.unit, member.label = unit, label
        return member

    LUT = "lut", "LUT", "LUT"
    FF = "ff", "FF", "flip-flops"
    CARRY_BITS = "carry_bits", "bits", "carry bits"
    """bits that the chain blocks span: 8 for each CARRY8 of Vivado, 4 for each CARRY4 of Yosys, which has no CARRY8"""
    DSP = "dsp", "DSP", "DSP slices"
    BRAM_18K = "bram_18k", "BRAM_18K", "BRAM 18 kbit"
    URAM = "uram", "URAM", "UltraRAM"


@dataclass(frozen=True)
class Part:
    """One FPGA and what it holds in all; ``super_logic_regions`` dies make it up."""

    name: str
    family: str
    super_logic_regions: int
    held: Mapping[FpgaResource, int]


@cache
def known() -> dict[str, Part]:
    """All parts by name."""
    table = tomllib.loads((files("trigforge.resources") / "parts.toml").read_text(encoding="utf-8"))
    return {
        name: Part(
            name=name,
            family=entry.pop("family"),
            super_logic_regions=entry.pop("super_logic_regions"),
            held={FpgaResource(key): count for key, count in entry.items()},
        )
        for name, entry in table.items()
    }


def find(name: str) -> Part:
    """One part; ``DesignError`` names the nearest ones if it is not known."""
    part = known().get(name.lower())
    if part is None:
        raise DesignError(f"part {name!r} is unknown; {known_names(name, known())}")
    return part
