"""The table of types and its file: read back as written, with all faults told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigforge.building import LayerTypes, ModelTypes, Quantization, load_types
from trigforge.errors import ModelFileError

BITS = Quantization.parse("ap_fixed<8,3>")
CHANNELS = Quantization.parse(["ap_ufixed<8,3,TRN,WRAP>", "ap_ufixed<7,-2,TRN,WRAP>"] * 4)


def test_a_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    types = ModelTypes(
        {"jet": CHANNELS, "x.y": BITS, "ünï": BITS},
        {
            "fc1": LayerTypes(BITS, BITS, result=CHANNELS),
            "outer.in-1": LayerTypes(sum=BITS),
            'a "b"\\\n c.d': LayerTypes(BITS),
            "outer": LayerTypes(result=BITS),
        },
    )
    path = tmp_path / "types.toml"
    path.write_text(types.text("two\nlines"), encoding="utf-8")
    assert path.read_text(encoding="utf-8").startswith("# two\n# lines\n\n[inputs.jet]\n")
    assert load_types(path) == types
    assert ModelTypes().text() == "\n" and not ModelTypes() and types


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "types.toml"
    path.write_text(
        """
        layer = 1
        [inputs]
        x = "ap_fixed<8,3>"
        [inputs.y]
        type = "fixed<8>"
        [layers.fc]
        weight = 8
        result = ["ap_fixed<8,3>", "ap_fixed<8,3,RND>"]
        resolt = "ap_fixed<8,3>"
        bias = "ap_fixed<99,3>"
        sum = []
        """,
        encoding="utf-8",
    )
    with pytest.raises(ModelFileError) as caught:
        load_types(path)
    known = 'write it as in "ap_fixed<16,6>" or "ap_fixed<16,6,RND,SAT>"'
    assert [line.strip() for line in str(caught.value).splitlines()] == [
        f"file of types {path} has 8 faults:",
        "[inputs]     x = 'ap_fixed<8,3>' is no table; write the type of an input below a line [inputs.x]",
        f"[inputs.y]   type: 'fixed<8>' is not of the form ap_fixed<W,I> or ap_ufixed<W,I>; {known}",
        f"[layers.fc]  weight: 8 is no text; {known}",
        f"[layers.fc]  bias: 'ap_fixed<99,3>' is wider than 62 bits; {known}",
        f"[layers.fc]  sum: a list of types needs one type or more, all of one rounding and one overflow; {known}",
        f"[layers.fc]  result: a list of types needs one type or more, all of one rounding and one overflow; {known}",
        "[layers.fc]  unknown key 'resolt'; nearest is 'result'",
        "unknown key 'layer'; nearest is 'layers'",
    ]
