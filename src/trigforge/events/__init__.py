"""Events from files: ROOT, HDF5 and NumPy, as host values for the inputs of a graph."""

from trigforge.events.reader import EventsBinding, read_events

__all__ = ["EventsBinding", "read_events"]
