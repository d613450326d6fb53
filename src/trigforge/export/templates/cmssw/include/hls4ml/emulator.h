// The interface that CMSSW calls, declared as hls4mlEmulatorExtras declares it: the order of the virtual functions is the
// binary interface. Its own header takes the place of this one where EMULATOR_EXTRAS points to it.
#ifndef HLS4ML_EMULATOR_H_
#define HLS4ML_EMULATOR_H_

#include <any>

namespace hls4mlEmulator {

class Model {
  public:
    virtual void prepare_input(std::any input) = 0;
    virtual void predict() = 0;
    virtual void read_result(std::any result) = 0;
    virtual ~Model() = default;
};

} // namespace hls4mlEmulator

#endif
