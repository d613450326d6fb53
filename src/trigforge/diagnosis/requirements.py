"""``required``: the packages of an extra of this package, and whether those that are installed fit."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from trigforge.cache import installed

_REQUIREMENT = re.compile(r"""([\w.-]+)(?:\[[^]]*\])?\s*([^;]*);\s*extra\s*==\s*["']([\w-]+)["']""")
_CLAUSE = re.compile(r"(==|>=)\s*([\d.]+?)(\.\*)?$")


@dataclass(frozen=True)
class Required:
    """A package, the versions that are asked for (``"==2.21.*"``), and the one here; ``""`` where there is none."""

    package: str
    versions: str
    installed: str

    @property
    def fits(self) -> bool:
        """True if the installed version is one that is asked for; of what ends in letters the numbers count."""
        return all(_fits(self.installed, clause.strip()) for clause in self.versions.split(",") if clause.strip())


@cache
def required(extra: str) -> tuple[Required, ...]:
    """The packages of an extra, in the order of ``pyproject.toml``; none where this package is not installed."""
    try:
        lines = metadata.requires("trigforge") or []
    except metadata.PackageNotFoundError:
        return ()
    found = [match for match in map(_REQUIREMENT.match, lines) if match and match[3] == extra]
    return tuple(Required(match[1], match[2].strip(), installed(match[1]).get(match[1], "")) for match in found)


def _fits(version: str, clause: str) -> bool:
    match = _CLAUSE.match(clause)
    if match is None:
        return True
    own, wanted = _numbers(version), _numbers(match[2])
    if match[1] == ">=":
        return own >= wanted
    return own[: len(wanted)] == wanted if match[3] else own == wanted


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers, without zeros at the end: ``"2.21.0"`` and ``"2.21"`` are one version."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in match[0].split(".")] if match else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
