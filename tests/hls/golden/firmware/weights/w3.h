// 6 constants of type ap_fixed<4,2>
#ifndef W3_H_
#define W3_H_

namespace trigforge_small_v1 {

#ifndef __SYNTHESIS__
const int64_t w3_mantissas[6] = {1, -3, 2, 0, 5, 7};
static weight3_t w3[6];
static const bool w3_loaded = trigforge::load(w3, w3_mantissas, 6);
#else
weight3_t w3[6] = {0.25, -0.75, 0.5, 0.0, 1.25, 1.75};
#endif

} // namespace trigforge_small_v1

#endif
