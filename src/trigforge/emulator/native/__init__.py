"""The fast engine: a graph as C++ that runs events side by side in vector lanes, equal to the reference bit by bit."""

from trigforge.emulator.native.checking import check_sample
from trigforge.emulator.native.generate import NativeKernel, NativePort, to_native

__all__ = ["NativeKernel", "NativePort", "check_sample", "to_native"]
