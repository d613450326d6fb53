#ifndef PARAMETERS_H_
#define PARAMETERS_H_

#include "ap_fixed.h"
#include "ap_int.h"

#include "nnet_utils/nnet_code_gen.h"
#include "nnet_utils/nnet_helpers.h"
// hls-fpga-machine-learning insert includes
#include "nnet_utils/nnet_activation.h"
#include "nnet_utils/nnet_activation_stream.h"
#include "trigforge/linear.h"
#include "trigforge/reduce.h"

// hls-fpga-machine-learning insert weights
#include "weights/w3.h"
#include "weights/b3.h"

namespace trigforge_small_v1 {

// hls-fpga-machine-learning insert layer-config
// hidden_linear
const int config3_term[6] = {0, 1, 2, 3, 4, 5};
const int config3_sum[4] = {0, 1, 2, 3};
const int config3_block[2] = {0, 0};
struct config3 {
    typedef ap_fixed<7,3> accum_t;
    static const unsigned n_out = 4;
    static const unsigned n_in = 6;
    static const unsigned n_positions = 2;
    static const unsigned n_terms = 3;
    static const unsigned n_sums = 2;
    static const unsigned n_weights = 6;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = 10;
    static const int *const term;
    static const int *const sum;
    static const int *const block;
};
const int *const config3::term = config3_term;
const int *const config3::sum = config3_sum;
const int *const config3::block = config3_block;

// hidden
struct relu_config4 : nnet::activ_config {
    static const unsigned n_in = 4;
    static const unsigned table_size = 1024;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef hidden_table_t table_t;
};

// pt
const int config5_index[4] = {0, 2, 1, 3};
struct config5 {
    typedef ap_ufixed<7,3> accum_t;
    static const unsigned n_out = 2;
    static const unsigned n_in = 4;
    static const unsigned n_terms = 2;
    static const int *const index;
};
const int *const config5::index = config5_index;


}

#endif
