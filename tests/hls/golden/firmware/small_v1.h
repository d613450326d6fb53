#ifndef SMALL_V1_H_
#define SMALL_V1_H_

#include "ap_fixed.h"
#include "ap_int.h"
#include "hls_stream.h"

#include "defines.h"

namespace trigforge_small_v1 {

// Prototype of top level function for C-synthesis
void small_v1(
    input_t x[2*3],
    result_t layer5_out[2]
);

// hls-fpga-machine-learning insert emulator-defines

}

#endif
