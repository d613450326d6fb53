// Two positions with matrices of their own, the second at the edge of the tensor, over all values of two elements.
#include "check.h"
#include "linear.h"

const int rows_term[6] = {0, 1, 2, 2, -1, 0};
const int rows_sum[4] = {3, 0, 1, 2};
const int rows_block[2] = {1, 0};
struct rows {
    static const unsigned n_out = 4;
    static const unsigned n_in = 3;
    static const unsigned n_positions = 2;
    static const unsigned n_terms = 3;
    static const unsigned n_sums = 2;
    static const unsigned n_weights = 12;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = 10;
    static const int *const term;
    static const int *const sum;
    static const int *const block;
    typedef ap_fixed<10, 5> accum_t;
};
const int *const rows::term = rows_term;
const int *const rows::sum = rows_sum;
const int *const rows::block = rows_block;

int main() {
    typedef ap_fixed<4, 2> data_t;
    typedef ap_fixed<4, 1> weight_t;
    typedef ap_fixed<5, 1> bias_t;
    typedef ap_fixed<10, 5> res_t;
    const int64_t w[12] = {1, -2, 3, 4, -5, 6, 7, -8, 0, 5, -1, 2}, b[4] = {1, -2, 15, -16};
    weight_t weights[12];
    bias_t biases[4];
    for (int i = 0; i < 12; i++)
        weights[i] = trigforge::from_mantissa<weight_t>(w[i]);
    for (int i = 0; i < 4; i++)
        biases[i] = trigforge::from_mantissa<bias_t>(b[i]);
    for (int64_t a = -8; a < 8; a++) {
        for (int64_t c = -8; c < 8; c++) {
            const int64_t m[3] = {a, c, -3};
            data_t data[3];
            for (int i = 0; i < 3; i++)
                data[i] = trigforge::from_mantissa<data_t>(m[i]);
            res_t res[4];
            trigforge::linear<data_t, weight_t, bias_t, res_t, rows>(data, weights, biases, res);
            for (int p = 0; p < 2; p++) {
                for (int s = 0; s < 2; s++) {
                    int64_t total = 2 * b[2 * p + s]; // the bias is half as fine as the products
                    for (int k = 0; k < 3; k++) {
                        const int from = rows_term[3 * p + k];
                        total += from < 0 ? 0 : m[from] * w[(3 * rows_block[p] + k) * 2 + s];
                    }
                    check_equal("sum", 2 * p + s, integer(res[rows_sum[2 * p + s]]), total);
                }
            }
        }
    }
    return failures != 0;
}
