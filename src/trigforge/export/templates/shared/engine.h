// What a package does, whatever its interface: encode, run the kernel, give numbers back.
#ifndef TRIGFORGE_MODEL_vN_ENGINE_H
#define TRIGFORGE_MODEL_vN_ENGINE_H

#include <cstdint>
#include <string>
#include <vector>

#include "call.h"
#include "encoding.h"

namespace trigforge_MODEL_vN {

// A tensor at the boundary. Mantissas stand at the scale 2^lsb, which is the finest of its elements' own.
struct Tensor {
    const char *name;
    int64_t elements;
    int rank;
    const int64_t *shape;
    int lsb, width;
    bool is_signed;
};

// An input and how host values become its mantissas. A register holds one value for all events of a call.
struct Input {
    Tensor tensor;
    bool is_register;
    Round round;
    Overflow overflow;
    bool nan_is_zero;
    const double *offset, *scale;
    const ElementType *types;
};

// Of this model; the definitions are generated.
extern const char model[], graph_digest[];
extern const int version, input_count, output_count;
extern const Input inputs[];
extern const Tensor outputs[];
// Events, and what trigforge's reference emulator gives for them: mantissas, (event, element); a register has one event.
extern const int64_t proof_events;
extern const int64_t *const proof_inputs[], *const proof_outputs[];

enum Status { OK = 0, NOT_A_NUMBER = 1, OUTSIDE_TYPE = 2, NO_MEMORY = 3, BAD_ARGUMENT = 4, WRONG_KERNEL = 5 };

// A run keeps its buffers and the sentence on its last error: one engine a thread.
class Engine {
  public:
    // Threads that share the blocks of one call; 1 by default, and then no thread is ever made.
    int threads = 1;
    std::string error;

    // Plays the events of the proof, once in a process. WRONG_KERNEL, and no run from then on, unless every output is right:
    // the compiler made something else of the kernel.
    Status prove();
    // Mantissas of input `number` for host values of `events` events (a register: one); `Value` is float or double.
    // `first` is the number of the first event, for what is said of it.
    template <class Value>
    Status encode(int number, const Value *values, int64_t events, int64_t *mantissas, int64_t first = 0);
    // Arrays of `events` events, each (event, element); null where an array is missing.
    Status run_mantissas(const int64_t *const *in, int64_t *const *out, int64_t events);
    Status run(const double *const *in, double *const *out, int64_t events);

  private:
    Status refuse(Status status, int number, int64_t event, int64_t element, const std::string &found);
    Status missing(const char *side, const char *name);
    Status compute(const int64_t *const *in, int64_t *const *out, int64_t events);
    static std::string find_fault();
    Status explain(const int64_t *const *in, int64_t events);
    int64_t run_block(const TrigforgeCall &call);

    std::vector<char> workspace;
    std::vector<std::vector<int64_t>> taken, given;
};

// Out of `mantissa * 2^lsb`; exact up to 53 bits.
inline double number(int64_t mantissa, int lsb) { return std::ldexp(static_cast<double>(mantissa), lsb); }

} // namespace trigforge_MODEL_vN

#endif
