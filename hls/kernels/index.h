// Slices, gathers, broadcasts and transpositions: wires.
#ifndef TRIGFORGE_INDEX_H_
#define TRIGFORGE_INDEX_H_

namespace trigforge {

// res[i] = data[CONFIG_T::index[i]]
template <class data_T, class res_T, class CONFIG_T>
void index(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        res[i] = data[CONFIG_T::index[i]];
    }
}

} // namespace trigforge

#endif
