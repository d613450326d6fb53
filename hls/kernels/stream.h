// Tensors in words: as many elements a word as the last axis has, in order.
#ifndef TRIGFORGE_STREAM_H_
#define TRIGFORGE_STREAM_H_

#include "hls_stream.h"

namespace trigforge {

// Read n values.
template <unsigned n, class word_T, class value_T> void from_words(hls::stream<word_T> &words, value_T values[n]) {
    for (unsigned first = 0; first < n; first += word_T::size) {
        #pragma HLS PIPELINE
        const word_T word = words.read();
        for (unsigned i = 0; i < word_T::size; i++) {
            #pragma HLS UNROLL
            values[first + i] = word[i];
        }
    }
}

// Write n values.
template <unsigned n, class word_T, class value_T> void to_words(const value_T values[n], hls::stream<word_T> &words) {
    for (unsigned first = 0; first < n; first += word_T::size) {
        #pragma HLS PIPELINE
        word_T word;
        for (unsigned i = 0; i < word_T::size; i++) {
            #pragma HLS UNROLL
            word[i] = values[first + i];
        }
        words.write(word);
    }
}

} // namespace trigforge

#endif
