// One table of values for each element; equal elements share a table.
#ifndef TRIGFORGE_LOOKUP_H_
#define TRIGFORGE_LOOKUP_H_

#include "mantissa.h"

namespace trigforge {

// res[i] = table[(mantissa(data[i]) shifted by CONFIG_T::places[i]) + CONFIG_T::offset[i]]. The shift brings the mantissa
// to the scale of element i's table; the offset is where that table's mantissa 0 stands among all entries, and may lie
// before the first of them.
template <class data_T, class table_T, class res_T, class CONFIG_T>
void lookup(const data_T data[CONFIG_T::n_in], const table_T table[CONFIG_T::n_entries], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        typedef ap_int<CONFIG_T::index_width> index_t;
        const index_t m = mantissa(data[i]);
        const index_t entry = shifted(m, CONFIG_T::places[i]) + index_t(CONFIG_T::offset[i]);
        res[i] = table[entry.to_int()];
    }
}

} // namespace trigforge

#endif
