#ifndef PARAMETERS_H_
#define PARAMETERS_H_

#include "ap_fixed.h"
#include "ap_int.h"

#include "nnet_utils/nnet_code_gen.h"
#include "nnet_utils/nnet_helpers.h"
// hls-fpga-machine-learning insert includes
#include "nnet_utils/nnet_activation.h"
#include "nnet_utils/nnet_activation_stream.h"
#include "nnet_utils/nnet_dense.h"
#include "nnet_utils/nnet_einsum_dense.h"
#include "trigforge/reduce.h"

// hls-fpga-machine-learning insert weights
#include "weights/w3.h"
#include "weights/b3.h"

namespace trigforge_small_v1 {

// hls-fpga-machine-learning insert layer-config
// hidden_linear
struct config3_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 6;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config3_tpose_inp_from_shape[2] = {2, 3};
unsigned config3_tpose_inp_to_shape[2] = {2, 3};
unsigned config3_tpose_inp_perm[2] = {0, 1};
unsigned config3_tpose_inp_perm_strides[2] = {3, 1};

const unsigned* const config3_tpose_inp::from_shape = config3_tpose_inp_from_shape;
const unsigned* const config3_tpose_inp::to_shape = config3_tpose_inp_to_shape;
const unsigned* const config3_tpose_inp::perm = config3_tpose_inp_perm;
const unsigned* const config3_tpose_inp::perm_strides = config3_tpose_inp_perm_strides;


struct config3_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 4;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config3_tpose_out_from_shape[2] = {2, 2};
unsigned config3_tpose_out_to_shape[2] = {2, 2};
unsigned config3_tpose_out_perm[2] = {0, 1};
unsigned config3_tpose_out_perm_strides[2] = {2, 1};

const unsigned* const config3_tpose_out::from_shape = config3_tpose_out_from_shape;
const unsigned* const config3_tpose_out::to_shape = config3_tpose_out_to_shape;
const unsigned* const config3_tpose_out::perm = config3_tpose_out_perm;
const unsigned* const config3_tpose_out::perm_strides = config3_tpose_out_perm_strides;


struct config3_dense : nnet::dense_config {
    static const unsigned n_in = 3;
    static const unsigned n_out = 2;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 1;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef hidden_linear_accum_t accum_t;
    typedef hidden_linear_bias_t bias_t;
    typedef hidden_linear_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config3 {
    typedef config3_tpose_inp tpose_inp_conf;
    typedef config3_tpose_out tpose_out_conf;

    typedef hidden_linear_accum_t accum_t;
    typedef hidden_linear_bias_t bias_t;

    typedef config3_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 2;
    static const unsigned n_free_kernel = 2;
    static const unsigned n_contract = 3;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 2; // Only useful when n_inplace > 1
};

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
    static const unsigned n_terms = 2;
    static const int *const index;
};
const int *const config5::index = config5_index;


}

#endif
