"""README, docs and the other Markdown files name commands, options, paths and figures that are true."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from models.card import folders
from tests.repository.documents import Stated, wrong_commands, wrong_figures, wrong_paths
from trigforge.building import NormBits
from trigforge.cli import main
from trigforge.export.generate import CHECK_EVENTS
from trigforge.fixed import Overflow, Rounding
from trigforge.flow.coverage import MOST_EVENTS
from trigforge.rtl import gates
from trigforge.toolchain import cosim, vitis_hls, vivado

REPOSITORY = Path(__file__).resolve().parents[2]
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four twenty-five".split()
)
HISTORY = {"CHANGELOG.md"}
"""pages that tell what was, not what is"""


def documents() -> list[str]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(REPOSITORY), "ls-files", "*.md"],
        check=True,
        capture_output=True,
        text=True,
    )
    return [name for name in listed.stdout.split() if name not in HISTORY and "docs/decisions" not in name]


def graphs_of_fuzz() -> str:
    found = re.search(r"^GRAPHS \?= (\d+)", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found.group(1)


FIGURES = [
    Stated("README.md", r"and ([\w-]+) are shipped", lambda: (NUMBERS[len(folders())],)),
    Stated("README.md", r"(\d+) random graphs", lambda: (graphs_of_fuzz(),)),
    Stated("docs/architecture.md", r"`Circuit` of (\w+) gates", lambda: (NUMBERS[len(get_args(gates.Op))],)),
    Stated("docs/emulator.md", r"all (\d+) rounding and overflow", lambda: (str(len(Rounding) * len(Overflow)),)),
    Stated("docs/coverage.md", r"the first ([\d,]+) at most", lambda: (f"{MOST_EVENTS:,}",)),
    Stated("docs/reports.md", r"the first ([\d,]+) of them", lambda: (f"{MOST_EVENTS:,}",)),
    Stated("docs/reports.md", r"stopped after (\w+ hours)", lambda: (vitis_hls.LIMIT.words,)),
    Stated("docs/vendor_tools.md", r"COSIM_TIMEOUT_S` \((\w+ hours) each", lambda: (cosim.LIMIT.words,)),
    Stated("docs/vendor_tools.md", r"VIVADO_TIMEOUT_S` \((\w+ hours)", lambda: (vivado.LIMIT.words,)),
    Stated("docs/frontends.md", r"\.error\(n\)`, ([\d.]+) at 16 features", lambda: (f"{NormBits().error(16):.2f}",)),
    Stated("docs/export.md", r"plays (\d+) events", lambda: (str(CHECK_EVENTS),)),
]


@pytest.mark.parametrize("name", documents())
def test_commands_and_paths_exist(name: str) -> None:
    document = REPOSITORY / name
    text = document.read_text(encoding="utf-8")
    assert wrong_commands(text, main, REPOSITORY) == []
    assert wrong_paths(text, document, REPOSITORY) == []


def test_figures_are_those_of_the_data() -> None:
    texts = {name: (REPOSITORY / name).read_text(encoding="utf-8") for name in documents()}
    assert wrong_figures(FIGURES, texts) == []


WRONG = {
    "`trigforge sinth jet_tagger`": "there is no command 'sinth'",
    "```console\n$ trigforge synth m --desing x   # a note\n```": "No such option '--desing'. Did you mean '--design'?",
    "    trigforge verify a b   notes": "the argument 'b' is one too many",
    "`trigforge data\ntau generate`": "there is no data set 'tau'",
    "`trigforge export root`": "there is no command 'root'",
    "`make synht`": "no Makefile has the target 'synht'",
    "`make synth MODLE=jet_tagger`": "no Makefile has the variable 'MODLE'",
    "`python benchmarks/no.py`": "there is no benchmarks/no.py",
    "`python benchmarks/calibration.py --wirte`": "the script has no --wirte",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_command_that_does_not_exist_is_found(text: str) -> None:
    (found,) = wrong_commands(f"Some words.\n\n{text}\n", main, REPOSITORY)
    assert found.endswith(f": {WRONG[text]}"), found


def test_commands_with_words_to_fill_in_are_fine() -> None:
    text = (
        "`trigforge synth NAME` `trigforge synth` `make synth MODEL=… [DESIGN= OUT=]` `trigforge export c|cmssw`\n"
        "`trigforge implement MODEL [--design FILE]`\n```\ntrigforge emulate m 'a_*.root' all.parquet   # many\n```\n"
    )
    assert wrong_commands(text, main, REPOSITORY) == []


def test_a_path_that_leads_nowhere_is_found() -> None:
    text = (
        "`docs/numbers.md`, `graph/infer*.py`, `models/NAME/model.toml`, `no/folder`; `docs/nombers.md`, `rtl/no*.py`"
    )
    assert wrong_paths(text, REPOSITORY / "README.md", REPOSITORY) == [
        "`docs/nombers.md` does not exist",
        "`rtl/no*.py` does not exist",
    ]


def test_a_figure_that_is_stale_is_found() -> None:
    figures = [Stated("a.md", r"(\d+) models", lambda: ("3",)), Stated("a.md", r"(\d+) boards", lambda: ("3",))]
    assert wrong_figures(figures, {"a.md": "with 2 models"}) == [
        "a.md: '2 models' should say 3",
        "a.md does not say '(\\\\d+) boards' any more; change the table of figures",
    ]
