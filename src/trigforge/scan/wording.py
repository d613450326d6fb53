"""The words of a scan, the same in table and picture."""

from trigforge.reports import Figure, Missing, Verdict
from trigforge.reports.figures import Leaf
from trigforge.resources.parts import FpgaResource
from trigforge.scan.grid import Value
from trigforge.scan.records import Scan, ScanPoint

_UNITS = ("ns", "mhz")


def axis_titles(scan: Scan) -> dict[str, str]:
    """A short title of each axis, by its name: the last word of the key, or all of it where two axes share that."""
    last = [name.rpartition(".")[2] for name in scan.axes]
    return {name: _spaced(word if last.count(word) == 1 else name) for name, word in zip(scan.axes, last, strict=True)}


def value(found: Value) -> str:
    """A value of an axis: numbers as short as they can be."""
    return f"{found:g}" if isinstance(found, float) else str(found)


def interval(leaf: Leaf) -> str:
    """``3.85-5.37`` or ``26.0k-34.4k``; a dash where it is missing."""
    match leaf:
        case Missing():
            return "-"
        case Figure():
            low, high = (_short(end) for end in leaf.ends)
            return f"{low}-{high}" if low != high else low


def budget(point: ScanPoint) -> str:
    """``fits``, ``perhaps: lut`` or ``no: lut, dsp``; empty without limits."""
    if point.fits is None:
        return ""
    keys = ", ".join(line.key for line in point.budget if line.verdict is point.fits)
    match point.fits:
        case Verdict.MET:
            return "fits"
        case Verdict.CANNOT_TELL:
            return f"perhaps: {keys}"
        case Verdict.VIOLATED:
            return f"no: {keys}"


def used(scan: Scan) -> list[FpgaResource]:
    """The resources that some point uses, without carry bits, which LUTs go with."""
    kinds = [resource for resource in FpgaResource if resource is not FpgaResource.CARRY_BITS]
    return [resource for resource in kinds if any(point.mapped(resource) for point in scan.points)]


def unused(scan: Scan) -> str:
    """A line about resources that no point uses; empty where there are none."""
    idle = [entry.label for entry in FpgaResource if entry not in (*used(scan), FpgaResource.CARRY_BITS)]
    return f"no point uses {' or '.join(idle)}" if idle and scan.points else ""


def accuracy_title(scan: Scan) -> str | None:
    """The title of the accuracy if it is known of some points and of one kind, else None."""
    titles = {point.network.accuracy.title for point in scan.points if point.network.accuracy is not None}
    return titles.pop() if len(titles) == 1 else None


def _spaced(word: str) -> str:
    """``clock_period_ns`` as ``clock period [ns]``."""
    *parts, last = word.split("_")
    return " ".join([*parts, f"[{last}]"] if parts and last in _UNITS else [*parts, last])


def _short(number: int | float) -> str:
    if isinstance(number, float):
        return f"{number:.2f}"
    return f"{number / 1000:.1f}k" if number >= 10_000 else f"{number}"
