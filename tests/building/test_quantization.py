"""Quantizations as they are spelt."""

import pytest

from trigforge.building import Quantization


def test_modes_stand_behind_the_bits() -> None:
    assert Quantization.parse("ap_fixed<8,3>") == Quantization.of("ap_fixed<8,3>", "RND_CONV", "SAT")
    assert Quantization.parse(" ap_ufixed<8, 3, RND> ") == Quantization.of("ap_ufixed<8,3>", "RND", "SAT")
    assert Quantization.parse("ap_fixed<8,-3,TRN,WRAP>") == Quantization.of("ap_fixed<8,-3>", "TRN", "WRAP")


@pytest.mark.parametrize("text", ["ap_fixed<8>", "ap_fixed<8,3,RND,SAT,0>", "8,3", "ap_fixed<8,3,UP>", ""])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Quantization.parse(text)
