// A choice between two tensors.
#ifndef TRIGFORGE_SELECT_H_
#define TRIGFORGE_SELECT_H_

namespace trigforge {

// res[i] = condition[i] >= threshold[i] ? x[i] : y[i]. Each branch becomes res_T on its own, so that neither is rounded
// to the other's type.
template <class condition_T, class x_T, class y_T, class threshold_T, class res_T, class CONFIG_T>
void select(const condition_T condition[CONFIG_T::n_out], const x_T x[CONFIG_T::n_out], const y_T y[CONFIG_T::n_out],
            const threshold_T threshold[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        if (condition[i] >= threshold[i])
            res[i] = x[i];
        else
            res[i] = y[i];
    }
}

} // namespace trigforge

#endif
