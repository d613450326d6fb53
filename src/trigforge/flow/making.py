"""The circumstances of a build: its files and the command that makes it again."""

import hashlib
from pathlib import Path

from trigforge.flow.workspace import ModelSource
from trigforge.reports import Making


def making_of(source: ModelSource, events: Path | None, command: str = "") -> Making:
    """A build of ``source`` on a file of events, without its date, which the build itself adds."""
    digest = hashlib.sha256(source.checkpoint.read_bytes()).hexdigest()
    return Making(
        checkpoint=str(source.checkpoint),
        checkpoint_sha256=digest,
        events="" if events is None else str(events),
        command=command,
    )
