// A choice between two tensors.
#ifndef TRIGFORGE_SELECT_H_
#define TRIGFORGE_SELECT_H_

namespace trigforge {

// a >= b. Where one type has a sign and the other has none, the headers of ap_fixed compare as C does: from 32 bits on
// negative numbers become large ones. So both get a sign.
template <class a_T, class b_T> bool at_least(const a_T &a, const b_T &b) {
    #pragma HLS INLINE
    const ap_fixed<a_T::width + 1, a_T::iwidth + 1> signed_a = a;
    const ap_fixed<b_T::width + 1, b_T::iwidth + 1> signed_b = b;
    return signed_a >= signed_b;
}

// res[i] = condition[i] >= threshold[i] ? x[i] : y[i]. Each branch becomes res_T on its own, so that neither is rounded
// to the other's type.
template <class condition_T, class x_T, class y_T, class threshold_T, class res_T, class CONFIG_T>
void select(const condition_T condition[CONFIG_T::n_out], const x_T x[CONFIG_T::n_out], const y_T y[CONFIG_T::n_out],
            const threshold_T threshold[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        if (at_least(condition[i], threshold[i]))
            res[i] = x[i];
        else
            res[i] = y[i];
    }
}

// res[i] = the larger of x[i] and y[i]
template <class x_T, class y_T, class res_T, class CONFIG_T>
void maximum(const x_T x[CONFIG_T::n_out], const y_T y[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE
    select<x_T, x_T, y_T, y_T, res_T, CONFIG_T>(x, x, y, y, res);
}

// res[i] = the smaller of x[i] and y[i]
template <class x_T, class y_T, class res_T, class CONFIG_T>
void minimum(const x_T x[CONFIG_T::n_out], const y_T y[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE
    select<x_T, y_T, x_T, y_T, res_T, CONFIG_T>(x, y, x, y, res);
}

} // namespace trigforge

#endif
