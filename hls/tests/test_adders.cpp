// Two graphs over three positions, one term of padding, results in another order.
#include "adders.h"
#include "check.h"

struct graphs {
    template <class data_T, class res_T> static void apply(int graph, const data_T *x, res_T *y) {
        const ap_int<8> a = trigforge::mantissa(x[0]), b = trigforge::mantissa(x[1]);
        if (graph == 0) {
            y[0] = trigforge::from_mantissa<res_T>(ap_int<8>(a + b));
            y[1] = trigforge::from_mantissa<res_T>(ap_int<8>(a - (b << 1)));
        } else if (graph == 1) {
            y[0] = trigforge::from_mantissa<res_T>(b);
            y[1] = 0;
        }
    }
};

const int config_term[6] = {0, 1, 1, -1, -1, 0};
const int config_sum[6] = {5, 4, 3, 2, 1, 0};
const int config_graph[3] = {0, 0, 1};
struct config {
    static const unsigned n_out = 6;
    static const unsigned n_in = 2;
    static const unsigned n_positions = 3;
    static const unsigned n_terms = 2;
    static const unsigned n_sums = 2;
    typedef graphs adders_t;
    static const int *const term;
    static const int *const sum;
    static const int *const graph;
};
const int *const config::term = config_term;
const int *const config::sum = config_sum;
const int *const config::graph = config_graph;

int main() {
    typedef ap_fixed<4, 1> data_t;
    typedef ap_fixed<8, 5> res_t;
    for (int64_t a = -8; a < 8; a++) {
        for (int64_t b = -8; b < 8; b++) {
            const data_t data[2] = {trigforge::from_mantissa<data_t>(a), trigforge::from_mantissa<data_t>(b)};
            res_t res[6];
            trigforge::adders<data_t, res_t, config>(data, res);
            const int64_t expected[6] = {0, a, b, b, a - 2 * b, a + b};
            for (int i = 0; i < 6; i++)
                check_equal("adders", i, integer(res[i]), expected[i]);
        }
    }
    return failures != 0;
}
