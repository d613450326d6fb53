// Matrices of constants with a multiplier for each product: dense layers, einsums with weights, and convolutions.
#ifndef TRIGFORGE_LINEAR_H_
#define TRIGFORGE_LINEAR_H_

#include "tree.h"

namespace trigforge {

// At position p, term k is data[CONFIG_T::term[p * n_terms + k]], 0 where that is negative; sum s of the n_sums is
// res[CONFIG_T::sum[p * n_sums + s]], its weights are entry [CONFIG_T::block[p]][k][s] of weights and its bias is
// biases[p * n_sums + s]. accum_t has the finest scale of products and biases and holds the sum; partial sums may wrap.
// multiplier_limit counts the products of all positions, divided by reuse_factor.
template <class data_T, class weight_T, class bias_T, class res_T, class CONFIG_T>
void linear(const data_T data[CONFIG_T::n_in], const weight_T weights[CONFIG_T::n_weights],
            const bias_T biases[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit
    #pragma HLS function_instantiate variable=weights,biases
    #pragma HLS ARRAY_PARTITION variable=weights complete
    #pragma HLS ARRAY_PARTITION variable=biases complete
    for (unsigned p = 0; p < CONFIG_T::n_positions; p++) {
        #pragma HLS UNROLL
        for (unsigned s = 0; s < CONFIG_T::n_sums; s++) {
            #pragma HLS UNROLL
            typename CONFIG_T::accum_t terms[CONFIG_T::n_terms + 1];
            #pragma HLS ARRAY_PARTITION variable=terms complete
            for (unsigned k = 0; k < CONFIG_T::n_terms; k++) {
                #pragma HLS UNROLL
                const int from = CONFIG_T::term[p * CONFIG_T::n_terms + k];
                if (from < 0)
                    terms[k] = 0;
                else
                    terms[k] =
                        data[from] * weights[(CONFIG_T::block[p] * CONFIG_T::n_terms + k) * CONFIG_T::n_sums + s];
            }
            terms[CONFIG_T::n_terms] = biases[p * CONFIG_T::n_sums + s];
            res[CONFIG_T::sum[p * CONFIG_T::n_sums + s]] = tree<CONFIG_T::n_terms + 1>::template of<plus>(terms);
        }
    }
}

} // namespace trigforge

#endif
