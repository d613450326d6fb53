"""Wrong command lines, each with all that a user reads of it: ``wrong_inputs.txt``, written by ``--update-golden``."""

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.small_graph import SMALL
from trigforge.cli import main
from trigforge.graph import save_graph

WRONG = """
synth
synth nothing
synth min
synth my.keras
synth model.pkl
synth net.json --events no.npz
synth net.json --events events.csv
synth net.json --events other.npz
synth net.json --events three.npz
synth net.json --events nan.npz
synth net.json --events broken.root
synth net.json --design no.toml
synth net.json --design no_toml.toml
synth net.json --design faults.toml
synth net.json --design layers.toml
synth net.json --design clock.toml
synth net.json --registers events.npz
synth net.json --labels kind
synth net.json --only fpga
synth net.json --colour red
synth net.json --events events.npz --branches x
synth net.json --events events.npz --branches y=a,b
synth net.json --events events.npz --scale x=0
synth net.json --events events.npz --scale x=a
synth net.json --events events.npz --offset x=1,2,3
synth net.json --events events.npz --labels label
synth mine --labels label
synth badly
synth twice
sinth net.json
verify net.json --events no.npz
emulate net.json
emulate net.json events.npz out.csv
emulate net.json 'no_*.npz' out.npz
emulate net.json events.npz out.npz --engine quick
emulate net.json events.npz out.npz --scheduler tcp://a --workers 2
coverage net.json
coverage net.json --events events.npz --limit 0
coverage net.json --events events.npz --plot picture.gif
quantize net.json --events events.npz --loss much
rate net.json
rate mine signal.npz
scan net.json --vary rtl.stage=1
scan no.toml
faults net.json --share data=2
faults net.json --shell none
export c nothing
export wheel net.json
init net.json --events events.npz --branches z=a
init net.json --events three.npz
init mine
example models
compare build/a build/b
optimize net.json --minutes -1
weights pack net.json image.tfw
train net.json
train nothing
data muons
doctor nothing
cache empty
""".strip().splitlines()
LEAST = 40


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a graph, files of events, faulty design files, and three model folders of which one is right."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    values = np.zeros((20, 2))
    save_graph(SMALL, tmp_path / "net.json")
    np.savez("events.npz", x=values, a=values[:, 0], b=values[:, 1])
    np.savez("other.npz", y=values)
    np.savez("three.npz", x=np.zeros((20, 3)))
    np.savez("nan.npz", x=np.full((20, 2), np.nan))
    Path("events.csv").write_text("x\n1\n")
    Path("broken.root").write_bytes(b"root and no more")
    Path("model.pkl").write_bytes(b"\x80")
    Path("no_toml.toml").write_text("[target\n")
    Path("faults.toml").write_text(
        '[target]\npart = "xcvu13"\nclock = 5\n[hls]\nstrategy = "FAST"\n[budget]\nlut = -1\n'
    )
    Path("layers.toml").write_text("[layers.fc]\nreuse_factor = 2\n[layers.y]\ninstances = 0\n")
    Path("clock.toml").write_text("clock_period_ns = 5\n")
    for name, more in (
        ("mine", '[events]\nfile = "../../events.npz"\n'),
        ("badly", "colour = 3\n[inputs.x]\nscale = -1\n"),
    ):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        save_graph(SMALL, folder / "net.json")
        (folder / "model.toml").write_text(f'name = "{name}"\nversion = 1\ncheckpoint = "net.json"\n{more}')
    (tmp_path / "models" / "twice").mkdir()
    (tmp_path / "models" / "twice" / "model.toml").write_text("name = 'a'\nname = 'b'\n")
    (tmp_path / "datasets" / "jets").mkdir(parents=True)
    (tmp_path / "datasets" / "jets" / "__main__.py").touch()
    return tmp_path


def test_wrong_command_lines(workspace: Path, golden: Callable[[Path, str], None]) -> None:
    told: list[str] = []
    for line in WRONG:
        result = CliRunner().invoke(main, shlex.split(line), prog_name="trigforge")
        assert result.exception is None or isinstance(result.exception, SystemExit), line
        code, text = result.exit_code, (result.stdout + result.stderr).replace(str(workspace), "HERE")
        shown = [entry for entry in text.splitlines() if entry.strip() and not entry.startswith(("✓", "✗", "!"))]
        assert code != 0 and "Traceback" not in text, line
        told.append("\n".join([f"$ trigforge {line}", *shown, f"exit code {code}"]))
    assert len(told) >= LEAST
    golden(Path(__file__).with_name("wrong_inputs.txt"), "\n\n".join(told) + "\n")
