# Virtex UltraScale+ VU9P; 240 MHz.
set part xcvu9p-flga2104-2l-e
set clock_period_ns 4.167
set clock_regions {
    CLOCKREGION_X0Y0:CLOCKREGION_X5Y4
    CLOCKREGION_X0Y5:CLOCKREGION_X5Y9
    CLOCKREGION_X0Y10:CLOCKREGION_X5Y14
}
source [file join [file dirname [file normalize [info script]]] .. common build.tcl]
