// Contractions whose multipliers are reused: each makes one product a turn, of CONFIG_T::reuse_factor turns an event.
//
// The loop over turns is the only one that stays a loop. Everything in it is unrolled and the loop is pipelined with
// II=1, so csynth starts a turn every clock, and "rewind" lets the first turn of an event follow the last one of the
// event before: the function takes a new event every reuse_factor clocks. What differs from turn to turn is which
// elements a multiplier gets. That is a tree of choices between elements that are known when it is built, as wide as
// the turns are many; where all of them are one element (a weight that particles share) nothing of the tree is left.
#ifndef TRIGFORGE_TURNS_H_
#define TRIGFORGE_TURNS_H_

#include "tree.h"

namespace trigforge {

// choice<N>::of<operand_T>(x, sum, term, 0, turn) is operand_T::of(x, sum, term, turn), for turn < N.
template <unsigned N> struct choice {
    template <class operand_T, class T>
    static T of(const T *x, unsigned sum, unsigned term, unsigned first, unsigned turn) {
        #pragma HLS INLINE
        return turn < first + N / 2
                   ? choice<N / 2>::template of<operand_T>(x, sum, term, first, turn)
                   : choice<N - N / 2>::template of<operand_T>(x, sum, term, first + N / 2, turn);
    }
};

template <> struct choice<1> {
    template <class operand_T, class T>
    static T of(const T *x, unsigned sum, unsigned term, unsigned first, unsigned) {
        #pragma HLS INLINE
        return operand_T::of(x, sum, term, first);
    }
};

// The operands of the multiplier for a term of a sum, and what that sum begins with, in each turn.
template <class CONFIG_T> struct at_turn {
    static unsigned output(unsigned sum, unsigned turn) {
        #pragma HLS INLINE
        return sum * CONFIG_T::n_groups + turn / CONFIG_T::n_parts;
    }
    static unsigned step(unsigned term, unsigned turn) {
        #pragma HLS INLINE
        return turn % CONFIG_T::n_parts * CONFIG_T::n_terms + term;
    }
    struct x {
        template <class T> static T of(const T *x, unsigned sum, unsigned term, unsigned turn) {
            #pragma HLS INLINE
            return x[CONFIG_T::x_start[output(sum, turn)] + CONFIG_T::x_step[step(term, turn)]];
        }
    };
    struct y {
        template <class T> static T of(const T *y, unsigned sum, unsigned term, unsigned turn) {
            #pragma HLS INLINE
            return y[CONFIG_T::y_start[output(sum, turn)] + CONFIG_T::y_step[step(term, turn)]];
        }
    };
    struct bias {
        template <class T> static T of(const T *biases, unsigned sum, unsigned, unsigned turn) {
            #pragma HLS INLINE
            return biases[output(sum, turn)];
        }
    };
    struct zero {
        template <class T> static T of(const T *zero, unsigned, unsigned, unsigned) {
            #pragma HLS INLINE
            return *zero;
        }
    };
};

template <class begin_T, class CONFIG_T, class x_T, class y_T, class bias_T, class res_T>
void in_turns(const x_T *x, const y_T *y, const bias_T *begin, res_T *res) {
    #pragma HLS INLINE
    typedef typename CONFIG_T::accum_t accum_t;
    typedef choice<CONFIG_T::reuse_factor> choice_t;
    accum_t sums[CONFIG_T::n_sums];
    res_T done[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=sums complete
    #pragma HLS ARRAY_PARTITION variable=done complete
    unsigned part = 0;
turns:
    for (unsigned turn = 0; turn < CONFIG_T::reuse_factor; turn++) {
        #pragma HLS PIPELINE II=1 rewind
        for (unsigned s = 0; s < CONFIG_T::n_sums; s++) {
            #pragma HLS UNROLL
            accum_t terms[CONFIG_T::n_terms];
            #pragma HLS ARRAY_PARTITION variable=terms complete
            for (unsigned k = 0; k < CONFIG_T::n_terms; k++) {
                #pragma HLS UNROLL
                terms[k] = choice_t::template of<typename at_turn<CONFIG_T>::x>(x, s, k, 0, turn) *
                           choice_t::template of<typename at_turn<CONFIG_T>::y>(y, s, k, 0, turn);
            }
            const accum_t first = choice_t::template of<begin_T>(begin, s, 0, 0, turn);
            const accum_t before = part == 0 ? first : sums[s];
            sums[s] = before + tree<CONFIG_T::n_terms>::template of<plus>(terms);
            for (unsigned group = 0; group < CONFIG_T::n_groups; group++) {
                #pragma HLS UNROLL
                if (turn == group * CONFIG_T::n_parts + CONFIG_T::n_parts - 1)
                    done[s * CONFIG_T::n_groups + group] = sums[s];
            }
        }
        part = part + 1 == CONFIG_T::n_parts ? 0 : part + 1;
    }
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        res[CONFIG_T::place[i]] = done[i];
    }
}

// res[place[i]] = sum over k < n_terms * n_parts of x[x_start[i] + x_step[k]] * y[y_start[i] + y_step[k]].
// There are n_sums sums of n_terms multipliers. Sum s makes the n_groups outputs from i = s * n_groups on, one after the
// other, each in n_parts turns; reuse_factor is n_groups * n_parts. accum_t has the finest scale of products and biases
// and holds the sum; partial sums may wrap.
template <class x_T, class y_T, class res_T, class CONFIG_T>
void contract_in_turns(const x_T x[CONFIG_T::n_in], const y_T y[CONFIG_T::n_in_y], res_T res[CONFIG_T::n_out]) {
    const typename CONFIG_T::accum_t zero = 0;
    in_turns<typename at_turn<CONFIG_T>::zero, CONFIG_T>(x, y, &zero, res);
}

// The same with constants for y, and biases[i] in each sum.
template <class x_T, class weight_T, class bias_T, class res_T, class CONFIG_T>
void linear_in_turns(const x_T x[CONFIG_T::n_in], const weight_T weights[CONFIG_T::n_in_y],
                     const bias_T biases[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS function_instantiate variable=weights,biases
    #pragma HLS ARRAY_PARTITION variable=weights complete
    #pragma HLS ARRAY_PARTITION variable=biases complete
    in_turns<typename at_turn<CONFIG_T>::bias, CONFIG_T>(x, weights, biases, res);
}

} // namespace trigforge

#endif
