// Matrices of constants as adders and wires: one generated graph, used at every position of a tensor.
#ifndef TRIGFORGE_ADDERS_H_
#define TRIGFORGE_ADDERS_H_

#include "mantissa.h"

namespace trigforge {

// At position p, graph CONFIG_T::graph[p] of CONFIG_T::adders_t makes n_sums sums of n_terms terms. Term k is
// data[CONFIG_T::term[p * n_terms + k]], 0 where that is negative; sum k is res[CONFIG_T::sum[p * n_sums + k]].
template <class data_T, class res_T, class CONFIG_T>
void adders(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned p = 0; p < CONFIG_T::n_positions; p++) {
        #pragma HLS UNROLL
        data_T x[CONFIG_T::n_terms];
        res_T y[CONFIG_T::n_sums];
        #pragma HLS ARRAY_PARTITION variable=x complete
        #pragma HLS ARRAY_PARTITION variable=y complete
        for (unsigned k = 0; k < CONFIG_T::n_terms; k++) {
            #pragma HLS UNROLL
            const int from = CONFIG_T::term[p * CONFIG_T::n_terms + k];
            if (from < 0)
                x[k] = 0;
            else
                x[k] = data[from];
        }
        CONFIG_T::adders_t::apply(CONFIG_T::graph[p], x, y);
        for (unsigned k = 0; k < CONFIG_T::n_sums; k++) {
            #pragma HLS UNROLL
            res[CONFIG_T::sum[p * CONFIG_T::n_sums + k]] = y[k];
        }
    }
}

} // namespace trigforge

#endif
