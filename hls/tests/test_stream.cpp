// Tensors into words and back, in the order of their elements.
#include "check.h"
#include "stream.h"

typedef ap_fixed<6, 3> value_t;

struct row {
    static const unsigned size = 2;
    value_t data[2];
    value_t &operator[](unsigned i) { return data[i]; }
    const value_t &operator[](unsigned i) const { return data[i]; }
};
const unsigned row::size;

int main() {
    const int64_t mantissas[6] = {-32, 31, 5, 0, 7, -1};
    value_t sent[6], received[6];
    for (int i = 0; i < 6; i++)
        sent[i] = trigforge::from_mantissa<value_t>(mantissas[i]);

    hls::stream<row> words("words");
    trigforge::to_words<6>(sent, words);
    check_equal("words", 0, (int64_t)words.size(), 3);
    const row first = words.read();
    check_equal("first word", 1, integer(first[1]), integer(value_t(sent[1])));
    words.read();
    words.read();

    trigforge::to_words<6>(sent, words);
    trigforge::from_words<6>(words, received);
    for (int i = 0; i < 6; i++)
        check_equal("stream", i, integer(received[i]), mantissas[i]);
    check_equal("left", 0, (int64_t)words.size(), 0);
    return failures != 0;
}
