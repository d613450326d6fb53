// Sums and extrema over groups of elements.
#ifndef TRIGFORGE_REDUCE_H_
#define TRIGFORGE_REDUCE_H_

#include "tree.h"

namespace trigforge {

// Element k of group i is data[CONFIG_T::index[i * CONFIG_T::n_terms + k]]; res[i] joins its group in work_T.
template <class operation_T, class work_T, class data_T, class res_T, class CONFIG_T>
void reduce(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        work_T terms[CONFIG_T::n_terms];
        #pragma HLS ARRAY_PARTITION variable=terms complete
        for (unsigned k = 0; k < CONFIG_T::n_terms; k++) {
            #pragma HLS UNROLL
            terms[k] = data[CONFIG_T::index[i * CONFIG_T::n_terms + k]];
        }
        res[i] = tree<CONFIG_T::n_terms>::template of<operation_T>(terms);
    }
}

// res[i] = sum over the group. accum_t has the finest scale of the terms and holds the sum; partial sums may wrap.
template <class data_T, class res_T, class CONFIG_T>
void sum(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    reduce<plus, typename CONFIG_T::accum_t, data_T, res_T, CONFIG_T>(data, res);
}

// res[i] = largest of the group
template <class data_T, class res_T, class CONFIG_T>
void reduce_max(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    reduce<larger, data_T, data_T, res_T, CONFIG_T>(data, res);
}

// res[i] = smallest of the group
template <class data_T, class res_T, class CONFIG_T>
void reduce_min(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    reduce<smaller, data_T, data_T, res_T, CONFIG_T>(data, res);
}

} // namespace trigforge

#endif
