"""The tests of the hand-written kernels: programs that check themselves against plain integer arithmetic.

By g++ and by clang, from which the vendor's compilers descend.
"""

import shutil
from pathlib import Path

import pytest

from trigforge.design import Backend
from trigforge.hls.printer import library_files
from trigforge.toolchain.process import Command, run_tool

KERNELS = (
    "mantissa",
    "index",
    "tree",
    "reduce",
    "linear",
    "contract",
    "turns",
    "select",
    "lookup",
    "shift",
    "leading_one",
    "adders",
    "stream",
)


@pytest.fixture(scope="module")
def ap_types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vendor's open headers of fixed-point types, as every project carries them."""
    folder = tmp_path_factory.mktemp("headers")
    for path, text in library_files(Backend.VITIS).items():
        if "/ap_types/" in path:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    return folder / "firmware" / "ap_types"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("name", KERNELS)
def test_kernel(name: str, compiler: str, ap_types: Path, repository: Path, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    source, program = repository / "hls" / "tests" / f"test_{name}.cpp", tmp_path / name
    includes = [f"-I{ap_types}", f"-I{repository / 'hls' / 'kernels'}"]
    compile_it = Command(
        [compiler, "-std=c++11", "-Wall", "-Wno-unknown-pragmas", *includes, source, "-o", program], tmp_path
    )
    run_tool("g++", compile_it, timeout_s=120)
    assert run_tool(name, Command([program], tmp_path), timeout_s=60) == ""


def test_every_kernel_has_a_test(repository: Path) -> None:
    tested = {path.stem.removeprefix("test_") for path in (repository / "hls" / "tests").glob("test_*.cpp")}
    assert tested == set(KERNELS)
    headers = {path.stem for path in (repository / "hls" / "kernels").glob("*.h")}
    assert headers - tested == {"constant", "simulation"}, "constant and simulation are tested with index and mantissa"
