// The exponent of every value of a signed and an unsigned type; what stands for zero is each element's own.
#include "check.h"
#include "leading_one.h"

const int exponents_at_zero[2] = {-3, -1};
struct exponents {
    static const unsigned n_out = 2;
    static const unsigned n_in = 2;
    static const int scale = -3;
    static const int *const at_zero;
};
const int *const exponents::at_zero = exponents_at_zero;

template <class data_t> void every_value(const char *name, int64_t hi) {
    for (int64_t m = 0; m <= hi; m++) {
        const data_t data[2] = {trigforge::from_mantissa<data_t>(m), trigforge::from_mantissa<data_t>(hi - m)};
        ap_fixed<5, 5> res[2];
        trigforge::leading_one<data_t, ap_fixed<5, 5>, exponents>(data, res);
        for (int i = 0; i < 2; i++) {
            int64_t rest = i == 0 ? m : hi - m;
            int64_t expected = rest == 0 ? exponents_at_zero[i] : -3;
            for (; rest > 1; rest >>= 1)
                expected++;
            check_equal(name, m, integer(res[i]), expected);
        }
    }
}

int main() {
    every_value<ap_ufixed<6, 3> >("ap_ufixed<6,3>", 63);
    every_value<ap_fixed<6, 3> >("ap_fixed<6,3>", 31);
    return failures != 0;
}
