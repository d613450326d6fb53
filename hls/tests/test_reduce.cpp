// Sums whose partial sums wrap, and extrema, over all values of two small elements beside a fixed one.
#include "check.h"
#include "reduce.h"

const int groups_index[6] = {0, 1, 2, 2, 1, 1};
struct groups {
    static const unsigned n_out = 2;
    static const unsigned n_in = 3;
    static const unsigned n_terms = 3;
    static const int *const index;
    typedef ap_fixed<7, 4> accum_t;
};
const int *const groups::index = groups_index;

// Three bits hold the results that are checked, not the partial sums.
struct narrow {
    static const unsigned n_out = 1;
    static const unsigned n_in = 3;
    static const unsigned n_terms = 3;
    static const int *const index;
    typedef ap_ufixed<3, 0> accum_t;
};
const int narrow_index[3] = {0, 1, 2};
const int *const narrow::index = narrow_index;

int main() {
    typedef ap_fixed<4, 1> data_t;
    typedef ap_fixed<7, 4> res_t;
    for (int64_t a = -8; a < 8; a++) {
        for (int64_t b = -8; b < 8; b++) {
            const int64_t m[3] = {a, b, 3};
            data_t data[3];
            for (int i = 0; i < 3; i++)
                data[i] = trigforge::from_mantissa<data_t>(m[i]);
            res_t sums[2], highest[2], lowest[2];
            trigforge::sum<data_t, res_t, groups>(data, sums);
            trigforge::reduce_max<data_t, res_t, groups>(data, highest);
            trigforge::reduce_min<data_t, res_t, groups>(data, lowest);
            for (int g = 0; g < 2; g++) {
                int64_t total = 0, most = -100, least = 100;
                for (int k = 0; k < 3; k++) {
                    const int64_t term = m[groups_index[3 * g + k]];
                    total += term;
                    most = term > most ? term : most;
                    least = term < least ? term : least;
                }
                check_equal("sum", g, integer(sums[g]), total);
                check_equal("reduce_max", g, integer(highest[g]), most);
                check_equal("reduce_min", g, integer(lowest[g]), least);
            }
            if (a + b + 3 >= 0 && a + b + 3 < 8) {
                ap_ufixed<3, 0> wrapped[1];
                trigforge::sum<data_t, ap_ufixed<3, 0>, narrow>(data, wrapped);
                check_equal("sum modulo 8", a, integer(wrapped[0]), a + b + 3);
            }
        }
    }
    return failures != 0;
}
