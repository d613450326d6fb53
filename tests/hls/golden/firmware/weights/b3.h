// 4 constants of type ap_ufixed<1,-2>
#ifndef B3_H_
#define B3_H_

namespace trigforge_small_v1 {

#ifndef __SYNTHESIS__
const int64_t b3_mantissas[4] = {1, 1, 1, 1};
static bias3_t b3[4];
static const bool b3_loaded = trigforge::load(b3, b3_mantissas, 4);
#else
bias3_t b3[4] = {0.125, 0.125, 0.125, 0.125};
#endif

} // namespace trigforge_small_v1

#endif
