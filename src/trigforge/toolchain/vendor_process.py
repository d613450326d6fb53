"""Running a vendor's tool for hours: its output kept in a file, its progress told, its children ended with it."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trigforge.errors import ToolFailedError
from trigforge.toolchain.process import Command, start, stop

SHOWN_LOG_LINES = 6
READ_LOG_BYTES = 16_384
SECONDS_BETWEEN_PROGRESS_LINES = 1.0
SECONDS_TO_END = 5.0
"""The time that a stopped tool gets to end by itself before it is killed."""


@dataclass(frozen=True)
class Limit:
    """The time that a step may take: ``variable`` (in seconds) where it is set, else ``default_s``, which is ``words``.

    ``advice`` says what else shortens the step.
    """

    variable: str
    default_s: float
    words: str
    advice: str

    def seconds(self) -> float:
        """Raises ``ToolFailedError`` where the variable holds no number above 0."""
        text = os.environ.get(self.variable, "")
        try:
            seconds = float(text) if text else self.default_s
        except ValueError:
            seconds = 0.0
        if not seconds > 0:
            raise ToolFailedError(f"{self.variable}={text} is no number of seconds; unset it for {self.words}")
        return seconds


@dataclass(frozen=True)
class VendorStep:
    """One run of a tool: ``step`` names it in progress lines, ``log`` is a file in ``folder``, where the tool runs."""

    tool: str
    step: str
    command: Sequence[str]
    folder: Path
    log: str
    limit: Limit

    def run(self, *, timeout_s: float | None, progress: Callable[[str], None] | None) -> None:
        """Run to the end with all output in the log; whatever ends this call ends the tool and its children.

        ``progress`` gets one line every second: the elapsed time and what the tool said last. Raises
        ``ToolFailedError`` if the tool cannot be started, ends with another status than 0 or takes too long.
        """
        timeout_s = timeout_s or self.limit.seconds()
        begin = time.monotonic()
        process = self._start()
        try:
            while True:
                elapsed = time.monotonic() - begin
                if elapsed >= timeout_s:
                    raise ToolFailedError(
                        f"{self.tool} did not end within {_duration(timeout_s)} and was stopped; "
                        f"allow more with {self.limit.variable} (seconds), or {self.limit.advice}; {self.tail()}"
                    )
                try:
                    status = process.wait(min(SECONDS_BETWEEN_PROGRESS_LINES, timeout_s - elapsed))
                    break
                except subprocess.TimeoutExpired:
                    if progress is not None:
                        said = self._last_lines(1)
                        elapsed = _duration(time.monotonic() - begin)
                        progress(f"{self.step} {elapsed}{': ' if said else ''}{said}")
        except BaseException:
            stop(process, SECONDS_TO_END)
            raise
        if status != 0:
            raise ToolFailedError(f"{self.tool} ended with status {status}; {self.tail()}")

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            with (self.folder / self.log).open("wb") as log:
                return start(Command(self.command, self.folder), log)
        except OSError as error:
            raise ToolFailedError(f"cannot start {self.command[0]}: {error.strerror}; check the installation") from None

    def text(self) -> str:
        """All that the tool printed."""
        return (self.folder / self.log).read_text(encoding="utf-8", errors="replace")

    def tail(self) -> str:
        """The path of the log, relative to the build's folder, and its last lines."""
        lines = self._last_lines(SHOWN_LOG_LINES)
        return f"its log {self.folder.name}/{self.log} " + (f"ends with\n{lines}" if lines else "is empty")

    def _last_lines(self, count: int) -> str:
        with (self.folder / self.log).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - READ_LOG_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join([line.rstrip() for line in lines if line.strip()][-count:])


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(1, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
