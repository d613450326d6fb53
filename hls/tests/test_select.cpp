// Choices between types of different scale, for every value of the condition.
#include "check.h"
#include "select.h"

struct two {
    static const unsigned n_out = 2;
    static const unsigned n_in = 2;
};

int main() {
    typedef ap_fixed<4, 2> condition_t;
    typedef ap_ufixed<3, 5> x_t;   // multiples of 4
    typedef ap_fixed<5, 1> y_t;    // sixteenths
    typedef ap_fixed<6, 1> threshold_t;
    typedef ap_fixed<10, 6> res_t; // sixteenths
    for (int64_t c = -8; c < 8; c++) {
        for (int64_t t = -32; t < 32; t++) {
            const condition_t condition[2] = {trigforge::from_mantissa<condition_t>(c),
                                              trigforge::from_mantissa<condition_t>(-1)};
            const threshold_t threshold[2] = {trigforge::from_mantissa<threshold_t>(t),
                                              trigforge::from_mantissa<threshold_t>(-t - 1)};
            const x_t x[2] = {trigforge::from_mantissa<x_t>(7), trigforge::from_mantissa<x_t>(1)};
            const y_t y[2] = {trigforge::from_mantissa<y_t>(-16), trigforge::from_mantissa<y_t>(15)};
            res_t res[2];
            trigforge::select<condition_t, x_t, y_t, threshold_t, res_t, two>(condition, x, y, threshold, res);
            // The condition counts quarters, the threshold counts 32nds.
            check_equal("select", c, integer(res[0]), 8 * c >= t ? 7 * 64 : -16);
            check_equal("select", t, integer(res[1]), -8 >= -t - 1 ? 1 * 64 : 15);
        }
    }
    // An unsigned number of 32 bits and a negative one, which C compares as unsigned.
    typedef ap_ufixed<33, 30> wide_t;
    typedef ap_fixed<3, -29> fine_t;
    typedef ap_fixed<64, 32> both_t;
    for (int64_t m = -4; m < 4; m++) {
        const fine_t fine[2] = {trigforge::from_mantissa<fine_t>(m), trigforge::from_mantissa<fine_t>(-1)};
        const wide_t wide[2] = {trigforge::from_mantissa<wide_t>(0), trigforge::from_mantissa<wide_t>(5)};
        both_t res[2];
        const wide_t one[2] = {trigforge::from_mantissa<wide_t>(8), trigforge::from_mantissa<wide_t>(8)};
        const wide_t none[2] = {trigforge::from_mantissa<wide_t>(0), trigforge::from_mantissa<wide_t>(0)};
        trigforge::select<fine_t, wide_t, wide_t, wide_t, both_t, two>(fine, one, none, wide, res);
        check_equal("select", m, integer(res[0]), m >= 0 ? int64_t(1) << 32 : 0);
        check_equal("select", m, integer(res[1]), 0);
        trigforge::maximum<fine_t, wide_t, both_t, two>(fine, none, res);
        check_equal("maximum", m, integer(res[0]), m > 0 ? m : 0);
        trigforge::maximum<wide_t, fine_t, both_t, two>(none, fine, res);
        check_equal("maximum", m, integer(res[0]), m > 0 ? m : 0);
        trigforge::minimum<fine_t, wide_t, both_t, two>(fine, none, res);
        check_equal("minimum", m, integer(res[0]), m < 0 ? m : 0);
        trigforge::minimum<wide_t, fine_t, both_t, two>(none, fine, res);
        check_equal("minimum", m, integer(res[0]), m < 0 ? m : 0);
    }
    return failures != 0;
}
