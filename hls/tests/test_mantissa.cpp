// Mantissas of every value of small types, and of the ends of the widest ones.
#include "check.h"
#include "simulation.h"

template <class T> void round_trip(const char *name, int width, int lsb, bool is_signed) {
    const int64_t lo = is_signed ? -(int64_t(1) << (width - 1)) : 0;
    const int64_t hi = is_signed ? (int64_t(1) << (width - 1)) - 1 : (int64_t(1) << width) - 1;
    for (int64_t m = lo; m <= hi; m++) {
        const T x = trigforge::from_mantissa<T>(m);
        check_equal(name, m, integer(x), m);
        // The value is m * 2**lsb, by the vendor's own conversion.
        check_equal(name, m, int64_t(x.to_double() * 1024), scaled(m, lsb + 10));
    }
}

template <class T> void ends(const char *name, int64_t lo, int64_t hi) {
    const int64_t mantissas[4] = {lo, hi, 0, 1};
    T values[4];
    int64_t back[4];
    check_equal(name, 0, trigforge::load(values, mantissas, 4), 1);
    trigforge::store(values, back, 4);
    for (int i = 0; i < 4; i++)
        check_equal(name, i, back[i], mantissas[i]);
}

int main() {
    round_trip<ap_fixed<5, 2> >("ap_fixed<5,2>", 5, -3, true);
    round_trip<ap_fixed<4, -2> >("ap_fixed<4,-2>", 4, -6, true);
    round_trip<ap_fixed<3, 6> >("ap_fixed<3,6>", 3, 3, true);
    round_trip<ap_fixed<1, 1> >("ap_fixed<1,1>", 1, 0, true);
    round_trip<ap_ufixed<5, 2> >("ap_ufixed<5,2>", 5, -3, false);
    round_trip<ap_ufixed<1, -3> >("ap_ufixed<1,-3>", 1, -4, false);
    ends<ap_fixed<63, 20> >("ap_fixed<63,20>", -(int64_t(1) << 62), (int64_t(1) << 62) - 1);
    ends<ap_ufixed<63, 80> >("ap_ufixed<63,80>", 0, INT64_MAX);
    for (int places = -9; places <= 9; places++)
        check_equal("shifted", places, trigforge::shifted(ap_int<40>(-77), places).to_int64(), scaled(-77, places));
    // Bits beyond the width are dropped.
    check_equal("wrap", 0, integer(trigforge::from_mantissa<ap_ufixed<3, 3> >(ap_int<8>(13))), 5);
    return failures != 0;
}
