"""Quantizers of slices as loops; that their integers stay is what ``test_agreement`` shows."""

import pytest

from tests.hls.graphs import GRAPHS
from trigforge.design import DesignPoint
from trigforge.hls import to_project
from trigforge.hls.quantizers import with_loops

HEAD = "void quantizer(input_t *inp, output_t *out) {"


def text(*values: str) -> str:
    lines = [f"    out[{n}] = {value.replace('#', str(n))};" for n, value in enumerate(values)]
    return "\n".join([HEAD, "    #pragma HLS INLINE", "", *lines, "}", "// behind it"])


A, B, ZERO = "ap_fixed<7,4,AP_TRN,AP_SAT>(inp[#])", "ap_ufixed<6,2,AP_RND,AP_WRAP>(inp[#])", "0"


def test_slices_become_a_loop():
    expected = [
        HEAD,
        "    #pragma HLS INLINE",
        "",
        "    for (int n = 0; n < 6; n += 3) {",
        "        #pragma HLS UNROLL",
        "        out[n] = ap_fixed<7,4,AP_TRN,AP_SAT>(inp[n]);",
        "        out[n + 1] = 0;",
        "        out[n + 2] = ap_ufixed<6,2,AP_RND,AP_WRAP>(inp[n + 2]);",
        "    }",
        "}",
        "// behind it",
    ]
    assert with_loops(text(A, ZERO, B, A, ZERO, B)) == "\n".join(expected)


@pytest.mark.parametrize("values", [(A,), (A, B), (A, B, A), (A, A, A, B), (A, B, B, A), (A, ZERO, ZERO)])
def test_what_does_not_repeat_stays(values: tuple[str, ...]):
    assert with_loops(text(*values)) == text(*values)


def test_what_is_no_quantizer_stays():
    other = text(A, A).replace("out[1] = ap_fixed<7,4,AP_TRN,AP_SAT>(inp[1])", "out[1] = inp[0]")
    assert with_loops(other) == other
    swapped = text(A, A).replace("(inp[0])", "(inp[9])").replace("(inp[1])", "(inp[0])")
    assert with_loops(swapped) == swapped


def test_slices_of_the_agreement_are_loops():
    text = to_project(GRAPHS["slices"], DesignPoint()).files["firmware/nnet_utils/nnet_code_gen.h"]
    assert text.count("n < 12; n += 3") + text.count("n < 12; n += 6") + text.count("n < 12; n += 1") == 56
