// A tensor that never changes.
#ifndef TRIGFORGE_CONSTANT_H_
#define TRIGFORGE_CONSTANT_H_

namespace trigforge {

// res[i] = value[i]
template <class value_T, class res_T, class CONFIG_T>
void constant(const value_T value[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        res[i] = value[i];
    }
}

} // namespace trigforge

#endif
