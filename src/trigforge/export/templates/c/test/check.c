/* Plays the events of events.h: 0 if every output of every event agrees. */
#include "trigforge_MODEL_vN.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "events.h"

static void *room(int64_t count, size_t size) {
    void *array = calloc((size_t)(count > 0 ? count : 1), size);
    if (!array) exit(2);
    return array;
}

int main(void) {
    trigforge_MODEL_vN_handle *handle = trigforge_MODEL_vN_open();
    int64_t *mantissas[INPUTS], *integers[OUTPUTS], mismatches = 0;
    double *values[OUTPUTS];
    if (!handle) return 2;
    for (int n = 0; n < INPUTS; ++n) {
        trigforge_MODEL_vN_tensor tensor;
        trigforge_MODEL_vN_input(n, &tensor);
        mantissas[n] = room(EVENTS * tensor.elements, sizeof(int64_t));
        if (trigforge_MODEL_vN_encode(handle, n, event_inputs[n], mantissas[n], tensor.is_register ? 1 : EVENTS)) goto failed;
    }
    for (int n = 0; n < OUTPUTS; ++n) {
        integers[n] = room(EVENTS * output_elements[n], sizeof(int64_t));
        values[n] = room(EVENTS * output_elements[n], sizeof(double));
    }
    if (trigforge_MODEL_vN_run_mantissas(handle, (const int64_t *const *)mantissas, integers, EVENTS)) goto failed;
    if (trigforge_MODEL_vN_run(handle, event_inputs, values, EVENTS)) goto failed;
    for (int n = 0; n < OUTPUTS; ++n) {
        trigforge_MODEL_vN_tensor tensor;
        trigforge_MODEL_vN_output(n, &tensor);
        for (int64_t k = 0; k < EVENTS * output_elements[n]; ++k) {
            mismatches += integers[n][k] != event_outputs[n][k];
            mismatches += values[n][k] != ldexp((double)event_outputs[n][k], tensor.lsb);
        }
        free(integers[n]);
        free(values[n]);
    }
    for (int n = 0; n < INPUTS; ++n) free(mantissas[n]);
    printf("%d events, %lld mismatches\n", EVENTS, (long long)mismatches);
    trigforge_MODEL_vN_close(handle);
    return mismatches ? 1 : 0;
failed:
    fprintf(stderr, "%s\n", trigforge_MODEL_vN_error(handle));
    return 1;
}
