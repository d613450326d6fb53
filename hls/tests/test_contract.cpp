// A matrix times a matrix, the result transposed.
#include "check.h"
#include "contract.h"

const int product_x_start[4] = {0, 3, 0, 3};
const int product_x_step[3] = {0, 1, 2};
const int product_y_start[4] = {0, 0, 1, 1};
const int product_y_step[3] = {0, 2, 4};
struct product {
    static const unsigned n_out = 4;
    static const unsigned n_in = 6;
    static const unsigned n_in_y = 6;
    static const unsigned n_terms = 3;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = 12;
    static const int *const x_start;
    static const int *const x_step;
    static const int *const y_start;
    static const int *const y_step;
    typedef ap_fixed<9, 6> accum_t;
};
const int *const product::x_start = product_x_start;
const int *const product::x_step = product_x_step;
const int *const product::y_start = product_y_start;
const int *const product::y_step = product_y_step;

int main() {
    typedef ap_fixed<4, 2> x_t;
    typedef ap_ufixed<3, 2> y_t;
    typedef ap_fixed<9, 6> res_t;
    for (int64_t round = 0; round < 200; round++) {
        int64_t a[6], b[6];
        x_t x[6];
        y_t y[6];
        for (int64_t i = 0; i < 6; i++) {
            a[i] = (round * 31 + i * i * 7) % 16 - 8;
            b[i] = (round * 17 + i * 5) % 8;
            x[i] = trigforge::from_mantissa<x_t>(a[i]);
            y[i] = trigforge::from_mantissa<y_t>(b[i]);
        }
        res_t res[4];
        trigforge::contract<x_t, y_t, res_t, product>(x, y, res);
        for (int column = 0; column < 2; column++) {
            for (int row = 0; row < 2; row++) {
                int64_t total = 0;
                for (int k = 0; k < 3; k++)
                    total += a[3 * row + k] * b[2 * k + column];
                check_equal("product", 2 * column + row, integer(res[2 * column + row]), total);
            }
        }
    }
    return failures != 0;
}
