// Two tables behind each other: one at the scale of the data, one finer that begins before 0.
#include "check.h"
#include "lookup.h"

const int tables_places[3] = {0, 2, 0};
const int tables_offset[3] = {0, 16 + 16, 0};
struct tables {
    static const unsigned n_out = 3;
    static const unsigned n_in = 3;
    static const unsigned n_entries = 48;
    static const unsigned index_width = 10;
    static const int *const places;
    static const int *const offset;
};
const int *const tables::places = tables_places;
const int *const tables::offset = tables_offset;

int main() {
    typedef ap_fixed<5, 3> data_t;
    typedef ap_fixed<9, 4> table_t;
    typedef ap_fixed<10, 4> res_t;
    // Entries 0..15 answer mantissas 0..15; entries 16..47 answer mantissas -16..15 of a table four times as fine.
    table_t table[48];
    for (int i = 0; i < 48; i++)
        table[i] = trigforge::from_mantissa<table_t>(i * i % 211 - 100);
    for (int64_t a = 0; a < 16; a++) {
        for (int64_t b = -4; b < 4; b++) {
            const data_t data[3] = {trigforge::from_mantissa<data_t>(a), trigforge::from_mantissa<data_t>(b),
                                    trigforge::from_mantissa<data_t>(15 - a)};
            res_t res[3];
            trigforge::lookup<data_t, table_t, res_t, tables>(data, table, res);
            check_equal("first table", a, integer(res[0]), 2 * (a * a % 211 - 100));
            const int64_t entry = 16 + 16 + 4 * b;
            check_equal("second table", b, integer(res[1]), 2 * (entry * entry % 211 - 100));
            check_equal("first table again", a, integer(res[2]), 2 * ((15 - a) * (15 - a) % 211 - 100));
        }
    }
    return failures != 0;
}
