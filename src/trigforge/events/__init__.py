"""Events from and to files: ROOT, HDF5, Parquet and NumPy, block by block."""

from trigforge.events.binding import EventsBinding, HostValues, OpenEvents
from trigforge.events.listing import FileColumn, list_columns
from trigforge.events.reader import check_readable, open_events, read_events
from trigforge.events.table import Column, EventsTable
from trigforge.events.writer import WRITABLE, check_writable, write_events

__all__ = [
    "WRITABLE",
    "Column",
    "EventsBinding",
    "EventsTable",
    "FileColumn",
    "HostValues",
    "OpenEvents",
    "check_readable",
    "check_writable",
    "list_columns",
    "open_events",
    "read_events",
    "write_events",
]
