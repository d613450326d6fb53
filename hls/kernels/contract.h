// Einsums of two tensors, with a multiplier for each product.
#ifndef TRIGFORGE_CONTRACT_H_
#define TRIGFORGE_CONTRACT_H_

#include "tree.h"

namespace trigforge {

// res[i] = sum over k < n_terms of x[x_start[i] + x_step[k]] * y[y_start[i] + y_step[k]]. accum_t has the scale of the
// products and holds the sum; partial sums may wrap. multiplier_limit counts all products, divided by reuse_factor.
template <class x_T, class y_T, class res_T, class CONFIG_T>
void contract(const x_T x[CONFIG_T::n_in], const y_T y[CONFIG_T::n_in_y], res_T res[CONFIG_T::n_out]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        typename CONFIG_T::accum_t terms[CONFIG_T::n_terms];
        #pragma HLS ARRAY_PARTITION variable=terms complete
        for (unsigned k = 0; k < CONFIG_T::n_terms; k++) {
            #pragma HLS UNROLL
            terms[k] = x[CONFIG_T::x_start[i] + CONFIG_T::x_step[k]] * y[CONFIG_T::y_start[i] + CONFIG_T::y_step[k]];
        }
        res[i] = tree<CONFIG_T::n_terms>::template of<plus>(terms);
    }
}

} // namespace trigforge

#endif
