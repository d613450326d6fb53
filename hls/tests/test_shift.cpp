// The binary point moved by constants of either sign, and by every count of a tensor.
#include "check.h"
#include "shift.h"

const int fixed_places[3] = {0, 3, -2};
struct fixed_shift {
    static const unsigned n_out = 3;
    static const unsigned n_in = 3;
    static const unsigned work_width = 12;
    static const int *const places;
};
const int *const fixed_shift::places = fixed_places;

struct variable_shift {
    static const unsigned n_out = 1;
    static const unsigned n_in = 1;
    static const int places = -1;
    static const unsigned work_width = 16;
    static const unsigned count_width = 4;
};

int main() {
    typedef ap_fixed<6, 3> data_t;
    typedef ap_fixed<11, 8> res_t;
    for (int64_t m = -32; m < 32; m++) {
        // The third element holds multiples of 4 only, as the op's interval guarantees.
        const int64_t mantissas[3] = {m, m, m / 4 * 4};
        data_t data[3];
        for (int i = 0; i < 3; i++)
            data[i] = trigforge::from_mantissa<data_t>(mantissas[i]);
        res_t res[3];
        trigforge::shift<data_t, res_t, fixed_shift>(data, res);
        for (int i = 0; i < 3; i++)
            check_equal("shift", m, integer(res[i]), scaled(mantissas[i], fixed_places[i]));

        for (int64_t n = -4; n < 4; n++) {
            const int64_t exact = m * 32; // what a negative count drops is zero
            const ap_fixed<11, 3> value[1] = {trigforge::from_mantissa<ap_fixed<11, 3> >(exact)};
            const ap_fixed<3, 3> count[1] = {trigforge::from_mantissa<ap_fixed<3, 3> >(n)};
            ap_fixed<16, 9> shifted[1];
            trigforge::shift_by<ap_fixed<11, 3>, ap_fixed<3, 3>, ap_fixed<16, 9>, variable_shift>(value, count, shifted);
            check_equal("shift_by", n, integer(shifted[0]), scaled(exact, int(n) - 1));
        }
        for (int64_t n = -2; n < 2; n++) { // counts in steps of 2
            const int64_t exact = m * 32;
            const ap_fixed<11, 3> value[1] = {trigforge::from_mantissa<ap_fixed<11, 3> >(exact)};
            const ap_fixed<2, 3> count[1] = {trigforge::from_mantissa<ap_fixed<2, 3> >(n)};
            ap_fixed<16, 9> shifted[1];
            trigforge::shift_by<ap_fixed<11, 3>, ap_fixed<2, 3>, ap_fixed<16, 9>, variable_shift>(value, count, shifted);
            check_equal("shift_by", n, integer(shifted[0]), scaled(exact, int(2 * n) - 1));
        }
    }
    return failures != 0;
}
