"""``trigforge weights`` on a graph file, and the image where other commands take registers."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.export.graphs import SEVERAL
from tests.small_graph import SMALL
from trigforge.cli.main import main
from trigforge.graph import save_graph

OUTPUTS = sum(SEVERAL.tensors[name].lo.size for name in SEVERAL.outputs)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_graph(SEVERAL, tmp_path / "several.json")
    save_graph(SMALL, tmp_path / "small.json")
    np.savez(tmp_path / "weights.npz", gain=np.array([1.25]))
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr.splitlines()[-1] if result.stderr else ""


@pytest.mark.parametrize("command", [[], ["pack"], ["inspect"]])
def test_help_teaches(command: list[str]) -> None:
    code, out, _ = invoke("weights", *command, "--help")
    assert code == 0 and "IMAGE" in out


@pytest.mark.usefixtures("folder")
def test_pack_inspect_and_emulate() -> None:
    code, out, _ = invoke("weights", "pack", "several.json", "weights.tfw", "--registers", "weights.npz")
    told = f"weights.tfw: 1 words, model {SEVERAL.digest[:8]}, checksum "
    assert code == 0 and out.startswith(told)
    code, out, _ = invoke("weights", "inspect", "weights.tfw")
    assert code == 0 and out.startswith(told) and len(out.splitlines()) == 1
    code, out, _ = invoke("weights", "inspect", "weights.tfw", "several.json")
    assert code == 0 and out.splitlines()[-1].split() == ["gain", "1", "0", "1.25", "1.25"]
    np.savez("events.npz", x=np.ones((3, 2, 2)), y=np.ones((3, 2)))
    for given, out_path in (("weights.npz", "a.npz"), ("weights.tfw", "b.npz")):
        code, _, error = invoke("emulate", "several.json", "events.npz", out_path, "--registers", given)
        assert code == 0, error
    with np.load("a.npz") as first, np.load("b.npz") as second:
        assert first.files == second.files
        assert all(np.array_equal(first[name], second[name]) for name in first.files)


@pytest.mark.usefixtures("folder")
def test_verified_with_several_weight_sets() -> None:
    np.savez("events.npz", x=np.random.default_rng(1).normal(size=(30, 2, 2)), y=np.ones((30, 2)), gain=np.ones(30))
    code, out, error = invoke("verify", "several.json", "--events", "events.npz", "--registers", "weights.npz")
    assert code == 0, error
    titles = ["registers of weights.npz", *(f"all registers {end}" for end in ("0", "lowest", "highest"))]
    for simulator in ("csim", "RTL"):
        for title in (*titles, "random registers"):
            assert f"{simulator}, {title}: 30 events x {OUTPUTS} outputs, 0 mismatches" in out.splitlines()
    assert invoke("verify", "small.json", "--registers", "weights.npz")[::2] == (
        1,
        "trigforge: 'small' has no registers for weights.npz; its weights are constants ([registers] in model.toml)",
    )


def test_what_is_wrong_is_told_in_one_line(folder: Path) -> None:
    invoke("weights", "pack", "several.json", "weights.tfw", "--registers", "weights.npz")
    assert invoke("weights", "pack", "small.json", "none.tfw", "--registers", "weights.npz")[::2] == (
        1,
        "trigforge: the model 'small' has no weights that are reloaded at run time: all of them are constants",
    )
    assert not (folder / "none.tfw").exists()
    code, _, error = invoke("weights", "inspect", "weights.tfw", "small.json")
    assert code == 1 and "has no weights that are reloaded" in error
    (folder / "weights.tfw").write_bytes(b"TFW1" + bytes(40))
    code, _, error = invoke("weights", "inspect", "weights.tfw")
    assert (code, error) == (
        1,
        "trigforge: register image weights.tfw has 44 bytes and says 16; it is cut off or damaged: pack it anew",
    )
    np.savez(folder / "weights.npz", other=np.array([1.0]))
    code, _, error = invoke("weights", "pack", "several.json", "new.tfw", "--registers", "weights.npz")
    assert code == 1 and "gain" in error and not (folder / "new.tfw").exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras, when a variable is assigned
def test_the_weights_of_a_trained_model_in_registers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hgq")
    from tests.frontends.test_reloaded_weights import encoder

    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("one", "two")):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        encoder(seed).save(folder / "encoder.keras")
        tables = [
            f'[registers.{layer}]\nweight = "ap_fixed<8,2>"\nbias = "ap_fixed<8,2>"' for layer in ("windows", "code")
        ]
        (folder / "model.toml").write_text(
            'name = "encoder"\nversion = 1\ncheckpoint = "encoder.keras"\n' + "\n".join(tables)
        )
        assert invoke("weights", "pack", name, f"{name}.tfw")[0] == 0
    np.savez("events.npz", module=np.random.default_rng(1).normal(size=(50, 6, 6, 1)))
    other = str(tmp_path / "models" / "two" / "encoder.keras")
    assert invoke("weights", "pack", "one", "other.tfw", "--checkpoint", other)[0] == 0
    assert Path("other.tfw").read_bytes() == Path("two.tfw").read_bytes()
    assert invoke("weights", "pack", "one", "x.tfw", "--checkpoint", other, "--registers", "other.tfw")[::2] == (
        1,
        f"trigforge: both other.tfw and the checkpoint {other} give weights; keep one of them",
    )
    encoder(0, bits=3).save("narrow.keras")
    code, _, error = invoke("weights", "pack", "one", "x.tfw", "--checkpoint", "narrow.keras")
    assert code == 1 and "narrow.keras makes another graph than 'encoder', so its weights do not fit" in error
    for model, registers in (("one", []), ("two", []), ("one", ["--registers", "two.tfw"])):
        code, _, error = invoke("emulate", model, "events.npz", f"{model}{len(registers)}.npz", *registers)
        assert code == 0, error
    with np.load("two0.npz") as own, np.load("one2.npz") as given, np.load("one0.npz") as other:
        assert np.array_equal(own["code_mantissa"], given["code_mantissa"])
        assert not np.array_equal(own["code_mantissa"], other["code_mantissa"])
    (tmp_path / "models" / "one" / "types.toml").write_text('[registers.code]\nweight = "ap_fixed<9,2>"\n')
    toml = tmp_path / "models" / "one" / "model.toml"
    toml.write_text(toml.read_text().replace("version = 1\n", 'version = 1\ntypes = "types.toml"\n'))
    code, _, error = invoke("weights", "pack", "one", "one.tfw")
    assert code == 1 and error.endswith("layer 'code' has registers there and in types.toml; keep one")
