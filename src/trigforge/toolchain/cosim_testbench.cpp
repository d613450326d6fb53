// trigforge: the C test bench of co-simulation. Reads events and the outputs that are expected, runs them, compares
// integers. Ends with 0 where all are equal, 1 where some differ, 2 where the vectors cannot be read.
//
// Vectors: "events E", "inputs N..." and "outputs N..." with the elements of each array, then for each event the
// mantissas of all inputs and of all outputs. Written in the C++ that the compiler of Vivado HLS knows.
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdint.h>
#include <string>
#include <vector>

extern "C" void @ENTRY@(const int64_t *const *inputs, int64_t *const *outputs, int64_t *const *tensors, int64_t events);

static const char *const VECTORS = "@VECTORS@";
static const int64_t SHOWN = 10;

typedef std::vector<std::vector<int64_t> > arrays;

static bool read_sizes(std::istream &stream, const std::string &keyword, std::vector<int64_t> &sizes) {
    std::string line, found;
    std::getline(stream, line);
    std::istringstream words(line);
    words >> found;
    int64_t size;
    while (words >> size)
        sizes.push_back(size);
    return found == keyword && !sizes.empty();
}

static void allocate(arrays &all, const std::vector<int64_t> &sizes, int64_t events) {
    for (std::size_t n = 0; n < sizes.size(); n++)
        all.push_back(std::vector<int64_t>(events * sizes[n]));
}

static bool read_event(std::istream &stream, arrays &all, const std::vector<int64_t> &sizes, int64_t event) {
    for (std::size_t n = 0; n < sizes.size(); n++)
        for (int64_t element = 0; element < sizes[n]; element++)
            if (!(stream >> all[n][event * sizes[n] + element]))
                return false;
    return true;
}

static int unreadable() {
    std::cout << "trigforge cosim: the vectors in " << VECTORS << " cannot be read" << std::endl;
    return 2;
}

int main() {
    std::ifstream stream(VECTORS);
    std::vector<int64_t> count, input_sizes, output_sizes;
    if (!read_sizes(stream, "events", count) || !read_sizes(stream, "inputs", input_sizes) ||
        !read_sizes(stream, "outputs", output_sizes))
        return unreadable();
    const int64_t events = count[0];

    arrays inputs, expected, outputs;
    allocate(inputs, input_sizes, events);
    allocate(expected, output_sizes, events);
    allocate(outputs, output_sizes, events);
    for (int64_t event = 0; event < events; event++)
        if (!read_event(stream, inputs, input_sizes, event) || !read_event(stream, expected, output_sizes, event))
            return unreadable();

    std::vector<const int64_t *> in;
    std::vector<int64_t *> out;
    for (std::size_t n = 0; n < inputs.size(); n++)
        in.push_back(&inputs[n][0]);
    for (std::size_t n = 0; n < outputs.size(); n++)
        out.push_back(&outputs[n][0]);
    @ENTRY@(&in[0], &out[0], 0, events);

    int64_t compared = 0, different = 0;
    for (int64_t event = 0; event < events; event++)
        for (std::size_t n = 0; n < outputs.size(); n++)
            for (int64_t element = 0; element < output_sizes[n]; element++) {
                const int64_t found = outputs[n][event * output_sizes[n] + element];
                const int64_t wanted = expected[n][event * output_sizes[n] + element];
                compared++;
                if (found != wanted && ++different <= SHOWN)
                    std::cout << "trigforge cosim: event " << event << " output " << n << " element " << element
                              << " found " << found << " expected " << wanted << std::endl;
            }
    std::cout << "trigforge cosim: " << different << " of " << compared << " outputs differ" << std::endl;
    return different == 0 ? 0 : 1;
}
