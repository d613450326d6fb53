"""Thousands of damaged files, with limits of time and memory: ``python -m tests.hunt.files --files 2000``.

Every file is read by a process of its own kind, which is started again where one ends it. What takes longer than ten
seconds, needs more than a gigabyte, or ends in anything but one line is printed and kept in the folder ``--keep``.
"""

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.hunt.file_samples import samples
from tests.hunt.judging_files import judged, variant

SECONDS = 10
MEGABYTES = 1000
_ROOM = 4 * 2**30
"""bytes of address space beyond those of the libraries: what asks for more ends in a MemoryError"""


def peak_megabytes() -> float:
    """The largest resident memory since it was last reset."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def work(first: int, last: int) -> None:
    """Judge variants ``[first, last)``, a line each: its number, then what is wrong, if anything."""
    with TemporaryDirectory() as folder:
        sound = samples(Path(folder))
        for sample in sound:
            sample.read(sample.path)  # imports what it needs
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + _ROOM, used + _ROOM))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for number in range(first, last):
            print(f"start {number}", flush=True)
            sample, content = variant(sound, number)
            Path("/proc/self/clear_refs").write_text("5")
            before, begin = peak_megabytes(), time.monotonic()
            signal.alarm(SECONDS)
            said = judged(sample, content)
            signal.alarm(0)
            grown = peak_megabytes() - before
            said = said or (f"{grown:.0f} MB more" if grown > MEGABYTES else "")
            print(f"end {number} {time.monotonic() - begin:.2f} s {sample.name} {' '.join(said.split())}", flush=True)


@click.command()
@click.option("--files", default=2000, show_default=True, help="How many damaged files.")
@click.option("--first", default=0, show_default=True, help="The number of the first.")
@click.option("--keep", type=click.Path(path_type=Path), default=Path("build/hunt/files"), show_default=True)
@click.option("--worker", is_flag=True, hidden=True)
def main(files: int, first: int, keep: Path, worker: bool) -> None:
    """Read damaged files of all formats; exit code 1 where one is not refused in one line, in time and memory."""
    last = first + files
    if worker:
        work(first, last)
        return
    wrong: dict[int, str] = {}
    slowest, begin = 0.0, first
    while begin < last:
        command = [sys.executable, "-m", "tests.hunt.files", "--worker", f"--first={begin}"]
        ran = subprocess.run([*command, f"--files={last - begin}"], capture_output=True, text=True, check=False)
        lines = [line.split(maxsplit=5) for line in ran.stdout.splitlines() if line.startswith(("start ", "end "))]
        if not lines:
            raise click.ClickException(f"the reader does not start: {ran.stderr[-2000:]}")
        for _, number, seconds, _, name, *said in (line for line in lines if line[0] == "end"):
            slowest = max(slowest, float(seconds))
            if said:
                wrong[int(number)] = f"{name}: {said[0]}"
        begin = int(lines[-1][1]) + 1
        if lines[-1][0] == "start":
            wrong[begin - 1] = f"ended the process with status {ran.returncode} ({-signal.SIGALRM} after {SECONDS} s)"
    _keep(wrong, keep)
    click.echo(f"{files} damaged files: {len(wrong)} wrong, the slowest took {slowest:.1f} s")
    sys.exit(bool(wrong))


def _keep(wrong: dict[int, str], folder: Path) -> None:
    if not wrong:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place:
        sound = samples(Path(place))
        for number, said in wrong.items():
            sample, content = variant(sound, number)
            (folder / f"{number}-{sample.name}").write_bytes(content)
            click.echo(f"{number} {sample.name}: {said}")


if __name__ == "__main__":
    main()
