"""Events from and to files: ROOT, HDF5, Parquet and NumPy, block by block."""

from trigforge.events.binding import EventsBinding, HostValues, OpenEvents
from trigforge.events.reader import READABLE, open_events, read_events
from trigforge.events.table import Column, EventsTable
from trigforge.events.writer import WRITABLE, check_writable, write_events

__all__ = [
    "READABLE",
    "WRITABLE",
    "Column",
    "EventsBinding",
    "EventsTable",
    "HostValues",
    "OpenEvents",
    "check_writable",
    "open_events",
    "read_events",
    "write_events",
]
