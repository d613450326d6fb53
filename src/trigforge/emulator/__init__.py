"""Bit-accurate emulation: mantissas in, mantissas out."""

from trigforge.emulator.reference import run, watch
from trigforge.emulator.stimuli import random_stimuli

__all__ = ["random_stimuli", "run", "watch"]
