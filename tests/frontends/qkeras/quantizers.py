"""The quantizers whose results are recorded: on weights, and on the events of activations."""

from __future__ import annotations

import itertools

KERNELS = [
    *(
        f"quantized_bits({bits},{integer},{symmetric},{keep},alpha={alpha})"
        for bits, integer, symmetric, keep, alpha in itertools.product(
            (1, 2, 4, 8), (0, 2), (0, 1), (True, False), ("1", "0.5", "0.7")
        )
        if bits > 1 or not symmetric
    ),
    *(
        f"quantized_bits({bits},{integer},1,alpha='{alpha}')"
        for bits, integer, alpha in itertools.product((2, 3, 6, 8), (0, 2), ("auto", "auto_po2"))
    ),
    "quantized_bits(4,0,1)",
    "quantized_bits(6,1,0,use_stochastic_rounding=True)",
    *(f"ternary(alpha={alpha})" for alpha in ("'auto_po2'", "1.0", "0.5", "0.3")),
    "ternary()",
    "ternary(threshold=0.5)",
    "ternary(alpha='auto_po2',number_of_unrolls=2)",
    "stochastic_ternary(alpha='auto_po2')",
    *(f"binary({zero},alpha={alpha})" for zero in (False, True) for alpha in ("'auto_po2'", "1.0", "0.3")),
    "binary()",
    "binary(True)",
    "stochastic_binary(alpha='auto_po2')",
    "stochastic_binary()",
    *(
        f"quantized_po2({bits}{options})"
        for bits in (3, 4, 5)
        for options in ("", ",max_value=1", ",2.0", ",quadratic_approximation=True", ",log2_rounding='floor'")
    ),
    *(
        f"quantized_relu_po2({bits}{options})"
        for bits in (3, 4)
        for options in ("", ",max_value=1", ",2.0,0.25", ",quadratic_approximation=True")
    ),
    "quantized_relu(4,1)",
    "quantized_tanh(5)",
    "quantized_sigmoid(5)",
]
"""on weights of each of ``SHAPES``"""

SHAPES = ((6, 5), (3, 2, 4), (2, 2, 3, 4), (7,))

ACTIVATIONS = [
    *(
        f"quantized_bits({bits},{integer},{symmetric},{keep},alpha={alpha})"
        for bits, integer, symmetric, keep, alpha in itertools.product(
            (1, 2, 5, 8), (0, 1, 3), (0, 1), (True, False), ("1", "0.5", "0.75")
        )
        if bits > 1 or not symmetric
    ),
    "quantized_bits(6,2)",
    "quantized_bits(6,2,use_stochastic_rounding=True)",
    *(
        f"quantized_relu({bits},{integer},{sigmoid},{slope})"
        for bits, integer, sigmoid, slope in itertools.product((2, 4, 7), (0, 2), (0, 1), (0.0, 0.5, 0.125))
    ),
    "quantized_relu(6,3,use_stochastic_rounding=True)",
    "quantized_relu(6,2,relu_upper_bound=1.5)",
    "quantized_relu(6,2,relu_upper_bound=1.5,is_quantized_clip=False)",
    "quantized_relu(6,2,negative_slope=0.25,relu_upper_bound=2,is_quantized_clip=False)",
    "quantized_relu(2,0,negative_slope=0.0625)",
    *(
        f"quantized_tanh({bits},{flags})"
        for bits in (2, 4, 6)
        for flags in ("0", "0,symmetric=True", "1", "use_real_tanh=True")
    ),
    *(f"quantized_sigmoid({bits},{y},{real})" for bits in (2, 4, 6) for y, real in ((0, 0), (1, 0), (0, 1))),
    *(f"ternary(alpha={alpha})" for alpha in ("1.0", "0.5")),
    "ternary()",
    "ternary(threshold=0.75)",
    "stochastic_ternary(alpha=1.0)",
    "binary()",
    "binary(True)",
    "binary(alpha=0.5)",
    "stochastic_binary(alpha=1.0)",
    *(f"quantized_po2({bits}{options})" for bits in (3, 4) for options in ("", ",max_value=2")),
    *(f"quantized_relu_po2({bits}{options})" for bits in (3, 4) for options in ("", ",max_value=2", ",2,0.25")),
    "quantized_hswish(6,2)",
    "quantized_hswish(6,2,relu_shift=2,relu_upper_bound=4)",
    "hard_sigmoid",
    "smooth_sigmoid",
    "hard_tanh",
    "smooth_tanh",
    "binary_sigmoid",
    "binary_tanh",
    "relu",
    "linear",
]
"""on 4096 numbers with 9 fraction bits from -4 to 4"""
