// Steps a verilated `top` with the ports clk, x and y, both over 64 bits wide: for each block of stimulus on standard
// input it sets x, prints y as it stands before the rising edge, and lets the edge happen.

#include <cstdio>

#include "Vtop.h"
#include "verilated.h"

double sc_time_stamp() { return 0; }

int main(int argc, char** argv) {
    VerilatedContext context;
    context.commandArgs(argc, argv);
    Vtop top{&context};
    while (std::fread(top.x.data(), sizeof top.x, 1, stdin) == 1) {
        top.clk = 0;
        top.eval();
        std::fwrite(top.y.data(), sizeof top.y, 1, stdout);
        std::fflush(stdout);
        top.clk = 1;
        top.eval();
    }
    top.final();
    return 0;
}
