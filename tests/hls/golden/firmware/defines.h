#ifndef DEFINES_H_
#define DEFINES_H_

#include "ap_fixed.h"
#include "ap_int.h"
#include "nnet_utils/nnet_types.h"
#include <array>
#include <cstddef>
#include <cstdio>
#include <tuple>
#include <tuple>

namespace trigforge_small_v1 {

// hls-fpga-machine-learning insert numbers

// hls-fpga-machine-learning insert layer-precision
typedef ap_fixed<6,3> input_t;
typedef ap_fixed<5,3> layer2_t;
typedef ap_fixed<7,3> layer3_t;
typedef ap_fixed<4,2> weight3_t;
typedef ap_ufixed<1,-2> bias3_t;
typedef ap_ufixed<6,2> layer4_t;
typedef ap_fixed<18,8> hidden_table_t;
typedef ap_ufixed<7,3> result_t;

// hls-fpga-machine-learning insert emulator-defines

}

#endif
