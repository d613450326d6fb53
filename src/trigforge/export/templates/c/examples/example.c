#include "trigforge_MODEL_vN.h"
#include <stdio.h>
#include <stdlib.h>

int main(void) { /* One event in which every value is 1. */
    trigforge_MODEL_vN_handle *model = trigforge_MODEL_vN_open();
    const double *inputs[INPUT_COUNT];
    double *outputs[OUTPUT_COUNT];
    trigforge_MODEL_vN_tensor tensor;
    for (int n = 0; n < INPUT_COUNT && !trigforge_MODEL_vN_input(n, &tensor); ++n) {
        double *values = malloc(tensor.elements * sizeof(double));
        for (int64_t k = 0; k < tensor.elements; ++k) values[k] = 1;
        inputs[n] = values;
    }
    for (int n = 0; n < OUTPUT_COUNT && !trigforge_MODEL_vN_output(n, &tensor); ++n)
        outputs[n] = malloc(tensor.elements * sizeof(double));
    if (trigforge_MODEL_vN_run(model, inputs, outputs, 1)) return puts(trigforge_MODEL_vN_error(model)), 1;
    for (int n = 0; n < OUTPUT_COUNT && !trigforge_MODEL_vN_output(n, &tensor); free(outputs[n++]))
        for (int64_t k = 0; k < tensor.elements; ++k) printf("%s[%d] = %.17g\n", tensor.name, (int)k, outputs[n][k]);
    for (int n = 0; n < INPUT_COUNT; ++n) free((void *)inputs[n]);
    trigforge_MODEL_vN_close(model);
}
