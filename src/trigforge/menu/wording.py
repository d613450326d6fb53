"""Shares and rates as a reader wants them, each with its interval in the same unit."""

from trigforge.menu.curve import Estimate

_PREFIXES = (("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3), ("Hz", 1.0), ("mHz", 1e-3), ("uHz", 1e-6))


def percent(share: Estimate) -> str:
    """``61.2 % (60.6 to 61.8)``."""
    return _interval(share, 100, "%")


def rate(hz: Estimate) -> str:
    """``4.07 mHz (3.9 to 4.25)``, in the unit of its upper end."""
    return _interval(hz, 1 / _scale(hz.high)[1], _scale(hz.high)[0])


def bare_rate(hz: float) -> str:
    """``407 mHz``."""
    unit, scale = _scale(hz)
    return f"{hz / scale:.4g} {unit}"


def _interval(found: Estimate, factor: float, unit: str) -> str:
    value, low, high = (f"{factor * number:.3g}" for number in (found.value, found.low, found.high))
    return f"{value} {unit} ({low} to {high})"


def _scale(hz: float) -> tuple[str, float]:
    return next((entry for entry in _PREFIXES if hz >= entry[1]), _PREFIXES[-1])
