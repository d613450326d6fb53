// Powers of two: moving the binary point, by a constant or by a tensor.
#ifndef TRIGFORGE_SHIFT_H_
#define TRIGFORGE_SHIFT_H_

#include "mantissa.h"

namespace trigforge {

// res[i] = data[i] * 2**n, by mantissas: CONFIG_T::places[i] is n plus the scale of data_T less the scale of res_T. Bits
// that a negative count drops are zero.
template <class data_T, class res_T, class CONFIG_T>
void shift(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        const ap_int<CONFIG_T::work_width> m = mantissa(data[i]);
        res[i] = from_mantissa<res_T>(shifted(m, CONFIG_T::places[i]));
    }
}

// res[i] = data[i] * 2**count[i] for whole count[i]; CONFIG_T::places is the scale of data_T less the scale of res_T.
template <class data_T, class count_T, class res_T, class CONFIG_T>
void shift_by(const data_T data[CONFIG_T::n_in], const count_T count[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        const ap_int<CONFIG_T::work_width> m = mantissa(data[i]);
        const ap_int<CONFIG_T::count_width> n = count[i].to_int();
        res[i] = from_mantissa<res_T>(shifted(m, n.to_int() + CONFIG_T::places));
    }
}

} // namespace trigforge

#endif
