#include <iostream>

#include "small_v1.h"
#include "trigforge/simulation.h"
#include "parameters.h"
#include "trigforge/stream.h"

namespace trigforge_small_v1 {

static void small_v1_event(
    input_t x[2*3],
    result_t layer5_out[2]
) {

    // hls-fpga-machine-learning insert IO
    #pragma HLS ARRAY_PARTITION variable=layer5_out complete dim=0
    #pragma HLS PIPELINE

    // hls-fpga-machine-learning insert load weights

    // ****************************************
    // NETWORK INSTANTIATION
    // ****************************************

    // hls-fpga-machine-learning insert layers

    layer2_t layer2_out[2*3];
    #pragma HLS ARRAY_PARTITION variable=layer2_out complete dim=0

    layer3_t layer3_out[2*2];
    #pragma HLS ARRAY_PARTITION variable=layer3_out complete dim=0

    layer4_t layer4_out[2*2];
    #pragma HLS ARRAY_PARTITION variable=layer4_out complete dim=0

    trigforge_small_v1::q<input_t, layer2_t>(x, layer2_out); // q
#ifndef __SYNTHESIS__
    trigforge::trace(layer2_out, 0, 2*3); // q
#endif

    trigforge::linear<layer2_t, weight3_t, bias3_t, layer3_t, config3>(layer2_out, w3, b3, layer3_out); // hidden_linear
#ifndef __SYNTHESIS__
    trigforge::trace(layer3_out, 1, 2*2); // hidden_linear
#endif

    nnet::relu<layer3_t, layer4_t, relu_config4>(layer3_out, layer4_out); // hidden
#ifndef __SYNTHESIS__
    trigforge::trace(layer4_out, 2, 2*2); // hidden
#endif

    trigforge::sum<layer4_t, result_t, config5>(layer4_out, layer5_out); // pt
#ifndef __SYNTHESIS__
    trigforge::trace(layer5_out, 3, 2); // pt
#endif

}

void small_v1(
    hls::stream<nnet::array<input_t, 3> > &x,
    hls::stream<nnet::array<result_t, 2> > &layer5_out
) {
    #pragma HLS INTERFACE axis port=x,layer5_out
    #pragma HLS DATAFLOW

    input_t input_0_event[6];
    #pragma HLS ARRAY_PARTITION variable=input_0_event complete dim=0
    result_t layer_0_event[2];
    #pragma HLS ARRAY_PARTITION variable=layer_0_event complete dim=0

    trigforge::from_words<6>(x, input_0_event);
    trigforge_small_v1::small_v1_event(input_0_event, layer_0_event);
    trigforge::to_words<2>(layer_0_event, layer5_out);
}

}
