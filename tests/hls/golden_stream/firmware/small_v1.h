#ifndef SMALL_V1_H_
#define SMALL_V1_H_

#include "ap_fixed.h"
#include "ap_int.h"
#include "hls_stream.h"

#include "defines.h"
#include "trigforge/stream.h"

namespace trigforge_small_v1 {

// Prototype of top level function for C-synthesis
void small_v1(
    hls::stream<nnet::array<input_t, 3> > &x,
    hls::stream<nnet::array<result_t, 2> > &layer5_out
);

#ifndef __SYNTHESIS__
// An event in arrays, through the streams of the top.
inline void small_v1_on_arrays(input_t input_0_event[6], result_t layer_0_event[2]) {
    hls::stream<nnet::array<input_t, 3> > x("x");
    hls::stream<nnet::array<result_t, 2> > layer5_out("layer5_out");
    trigforge::to_words<6>(input_0_event, x);
    trigforge_small_v1::small_v1(x, layer5_out);
    trigforge::from_words<2>(layer5_out, layer_0_event);
}
#endif

// hls-fpga-machine-learning insert emulator-defines

}

#endif
