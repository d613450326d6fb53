// A matrix of constants at four positions, a multiplier for 1, 2, 4, ... products: the same integers in any turns.
#include "check.h"
#include "turns.h"

// Output i is sum i / 4 of position i % 4: outputs of one weight follow each other, as they stand in y.
static const unsigned positions = 4, n_steps = 6, n_columns = 3;
const int x_starts[12] = {0, 6, 12, 18, 0, 6, 12, 18, 0, 6, 12, 18};
const int x_steps[6] = {0, 1, 2, 3, 4, 5};
const int y_starts[12] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
const int y_steps[6] = {0, 3, 6, 9, 12, 15};
const int places[12] = {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11};

template <unsigned groups, unsigned parts> struct config {
    static const unsigned n_out = 12;
    static const unsigned n_in = 24;
    static const unsigned n_in_y = 18;
    static const unsigned reuse_factor = groups * parts;
    static const unsigned n_groups = groups;
    static const unsigned n_parts = parts;
    static const unsigned n_sums = n_out / groups;
    static const unsigned n_terms = n_steps / parts;
    static const int *const x_start;
    static const int *const x_step;
    static const int *const y_start;
    static const int *const y_step;
    static const int *const place;
    typedef ap_fixed<11, 6> accum_t;
};
template <unsigned G, unsigned P> const int *const config<G, P>::x_start = x_starts;
template <unsigned G, unsigned P> const int *const config<G, P>::x_step = x_steps;
template <unsigned G, unsigned P> const int *const config<G, P>::y_start = y_starts;
template <unsigned G, unsigned P> const int *const config<G, P>::y_step = y_steps;
template <unsigned G, unsigned P> const int *const config<G, P>::place = places;

typedef ap_fixed<4, 2> x_t;
typedef ap_fixed<4, 1> y_t;
typedef ap_fixed<5, 1> bias_t;
typedef ap_fixed<11, 6> res_t;

template <unsigned groups, unsigned parts> static void check() {
    for (int64_t round = 0; round < 50; round++) {
        int64_t a[24], w[18], b[12];
        x_t x[24];
        y_t y[18];
        bias_t biases[12];
        for (int64_t i = 0; i < 24; i++)
            x[i] = trigforge::from_mantissa<x_t>(a[i] = (round * 31 + i * i * 7) % 16 - 8);
        for (int64_t i = 0; i < 18; i++)
            y[i] = trigforge::from_mantissa<y_t>(w[i] = (round * 17 + i * 5) % 16 - 8);
        for (int64_t i = 0; i < 12; i++)
            biases[i] = trigforge::from_mantissa<bias_t>(b[i] = (round * 3 + i * 11) % 32 - 16);
        res_t res[12];
        trigforge::linear_in_turns<x_t, y_t, bias_t, res_t, config<groups, parts>>(x, y, biases, res);
        res_t without[12];
        trigforge::contract_in_turns<x_t, y_t, res_t, config<groups, parts>>(x, y, without);
        for (unsigned p = 0; p < positions; p++) {
            for (unsigned s = 0; s < n_columns; s++) {
                int64_t total = 2 * b[s * positions + p]; // the bias is half as fine as the products
                for (unsigned k = 0; k < n_steps; k++)
                    total += a[p * n_steps + k] * w[k * n_columns + s];
                check_equal("sum", p * n_columns + s, integer(res[p * n_columns + s]), total);
                total -= 2 * b[s * positions + p];
                check_equal("sum without bias", p * n_columns + s, integer(without[p * n_columns + s]), total);
            }
        }
    }
}

int main() {
    check<1, 1>();
    check<2, 1>();
    check<3, 1>();
    check<4, 1>();
    check<6, 1>();
    check<12, 1>();
    check<4, 2>();
    check<4, 3>();
    check<1, 6>();
    check<12, 6>();
    return failures != 0;
}
