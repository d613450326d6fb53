"""The day of a new user: the wheel installed, a model and events of one's own, and no file written by hand."""

import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.export.building import without_this_environment

pytestmark = pytest.mark.skipif(not shutil.which("g++"), reason="needs g++")
MOST_COMMANDS = 5
TRAINING = """
import awkward as ak, keras, numpy as np, uproot
from hgq.layers import QDense, QEinsumDense
rng = np.random.default_rng(0)
label = rng.integers(0, 2, 3000)
pt = rng.exponential(20 + 30 * label[:, None], (3000, 8)).astype("f4")
angle = rng.normal(0, 0.3, (3000, 8)).astype("f4")
x, y = keras.Input((8, 2), name="particles"), None
y = QEinsumDense("bnc,cd->bnd", (8, 8), activation="relu", bias_axes="d", name="each")(x)
model = keras.Model(x, QDense(2, name="kind")(keras.layers.Flatten()(y)))
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(np.stack([pt / 32, angle * 4], -1), label, epochs=3, batch_size=128, verbose=0)
model.save("my_tagger.keras")
counts = rng.integers(1, 9, 3000)
lists = {name: ak.Array([row[:n] for row, n in zip(v, counts)]) for name, v in (("PFpt", pt), ("PFdr", angle))}
with uproot.recreate("my.root") as file:
    file.mktree("Events", {"truth": "int32", "PFpt": "var * float32", "PFdr": "var * float32"})
    file["Events"].extend({"truth": label.astype("i4"), **lists})
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with an environment in ``env``, which sees the packages that this one has, but not ours."""
    pytest.importorskip("hgq")
    home = tmp_path_factory.mktemp("new_user")
    venv.create(home / "env", with_pip=True)
    (site,) = (home / "env" / "lib").glob("python*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return home


def test_from_pip_to_the_report(home: Path, wheel: Path) -> None:
    run = Commands(home)
    run.script(TRAINING)
    run.command("pip", "install", "--no-deps", "--quiet", "--force-reinstall", str(wheel))
    told = run.command(
        "trigforge", "init", "my_tagger.keras", "--events", "my.root", "--branches", "particles=PFpt,PFdr",
        "--scale", "particles=0.03125,4",
    )  # fmt: skip
    assert "input particles: PFpt, PFdr (as given)" in told
    told = run.command("trigforge", "synth", "my_tagger", "--labels", "truth", "--quiet")
    assert "VERIFIED to the bit: up to 3,000 events × 2 outputs, 0 mismatches in every simulator" in told
    assert "quality: accuracy" in told and "page: build/my_tagger/report.html" in told
    assert (home / "build" / "my_tagger" / "report.html").is_file()
    assert run.count <= MOST_COMMANDS


def test_the_example_comes_with_the_package(home: Path, wheel: Path) -> None:
    run = Commands(home)
    run.command("pip", "install", "--no-deps", "--quiet", "--force-reinstall", str(wheel))
    assert "models/jet_tagger/jet_tagger.keras" in run.command("trigforge", "example", "copied")
    assert "classes" in run.command("trigforge", "coverage", "copied/models/jet_tagger", "--limit", "100", "--quiet")


class Commands:
    """Runs what a user types in ``home``, and counts it."""

    def __init__(self, home: Path) -> None:
        self.home, self.count = home, 0

    def command(self, name: str, *arguments: str) -> str:
        self.count += 1
        return self._run(str(self.home / "env" / "bin" / name), *arguments)

    def script(self, text: str) -> None:
        """A training, which is the user's own and no command of ours."""
        (self.home / "train.py").write_text(text)
        self._run(str(self.home / "env" / "bin" / "python"), "train.py")

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.home, env=without_this_environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout
