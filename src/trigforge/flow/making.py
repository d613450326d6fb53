"""The circumstances of a build: its files and the command that makes it again."""

import hashlib
from pathlib import Path

from trigforge.flow.workspace import ModelSource
from trigforge.reports import Making


def making_of(source: ModelSource, events: Path | None, command: str = "") -> Making:
    """A build of ``source`` on a file of events, without its date, which the build itself adds.

    Files are told by their places below this folder, others by their names: a report is shown to others.
    """
    digest = hashlib.sha256(source.checkpoint.read_bytes()).hexdigest()
    return Making(
        checkpoint=_told(source.checkpoint),
        checkpoint_sha256=digest,
        events="" if events is None else _told(events),
        command=command,
    )


def _told(path: Path) -> str:
    whole, here = path.resolve(), Path.cwd().resolve()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else path.name
