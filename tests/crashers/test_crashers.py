"""Every model and file that was once wrong: it is right, or refused by a true sentence.

The files are kept by ``make hunt``; to add one is to put it here, a damaged file into ``files/``, and a model of
another format, with its types, into ``models/``. Those of QKeras, HGQ 1 and Keras 2 stand among their recorded vectors.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import trigforge
from tests.hunt import judging_files
from tests.hunt.crashers import Crasher
from tests.hunt.file_samples import Sample, samples
from tests.hunt.judging import Outcome, Verdict, kernel_verdicts
from tests.hunt.routes import simulated
from trigforge.passes import optimize
from trigforge.toolchain.native import FLAGS

HERE = Path(__file__).parent
FILES = sorted((HERE / "files").glob("*"))
MODELS = sorted(path for path in (HERE / "models").iterdir() if path.suffix != ".toml")


@pytest.mark.filterwarnings("ignore")  # of frameworks
@pytest.mark.parametrize("path", sorted(HERE.glob("*.json")), ids=lambda path: path.stem)
def test_models_are_equal_or_refused(path: Path) -> None:
    crasher = Crasher.load(path)
    found = crasher.verdict()
    if crasher.refused:
        assert found.outcome is Outcome.REFUSED
        assert crasher.refused in found.said
    else:
        assert (found.outcome, found.said) == (Outcome.EQUAL, "")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    return {sample.name: sample for sample in samples(tmp_path_factory.mktemp("samples"))}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_damaged_files_are_read_or_refused(path: Path, sound: dict[str, Sample]) -> None:
    assert judging_files.judged(sound[path.name.partition("-")[2]], path.read_bytes()) == ""


@pytest.mark.filterwarnings("ignore")  # of frameworks
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_models_of_other_formats_are_equal(path: Path) -> None:
    """``read`` compares with the framework; the native emulator and the C simulation follow."""
    graph = optimize(trigforge.read(str(path)))
    assert kernel_verdicts([graph], FLAGS) == simulated([graph]) == [Verdict(Outcome.EQUAL)]
