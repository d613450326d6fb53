"""FPGA parts that can be built for, with the resources of each (``parts.toml`` names the sources)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from trigforge.errors import DesignError


@dataclass(frozen=True)
class Part:
    """The resources of one FPGA, made of ``super_logic_regions`` dies. BRAM counts blocks of 18 kbit."""

    name: str
    family: str
    lut: int
    ff: int
    dsp: int
    bram_18k: int
    uram: int
    super_logic_regions: int


@cache
def known() -> dict[str, Part]:
    """All parts by name."""
    table = tomllib.loads((files("trigforge.resources") / "parts.toml").read_text(encoding="utf-8"))
    return {name: Part(name=name, **entry) for name, entry in table.items()}


def find(name: str) -> Part:
    """One part; ``DesignError`` names the known ones if it is not among them."""
    part = known().get(name.lower())
    if part is None:
        raise DesignError(f"part {name!r} is unknown; known are {', '.join(known())}")
    return part
