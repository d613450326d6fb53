// Gathers and constants, into types of another scale.
#include "check.h"
#include "constant.h"
#include "index.h"

const int gather_index[5] = {2, 0, 0, 1, 2};
struct gather {
    static const unsigned n_out = 5;
    static const unsigned n_in = 3;
    static const int *const index;
};
const int *const gather::index = gather_index;

struct three {
    static const unsigned n_out = 3;
    static const unsigned n_in = 3;
};

int main() {
    typedef ap_fixed<6, 3> data_t;
    typedef ap_fixed<9, 4> res_t; // two places finer
    const int64_t mantissas[3] = {-32, 31, 5};
    data_t data[3];
    for (int i = 0; i < 3; i++)
        data[i] = trigforge::from_mantissa<data_t>(mantissas[i]);

    res_t res[5];
    trigforge::index<data_t, res_t, gather>(data, res);
    for (int i = 0; i < 5; i++)
        check_equal("index", i, integer(res[i]), scaled(mantissas[gather_index[i]], 2));

    res_t constants[3];
    trigforge::constant<data_t, res_t, three>(data, constants);
    for (int i = 0; i < 3; i++)
        check_equal("constant", i, integer(constants[i]), scaled(mantissas[i], 2));
    return failures != 0;
}
