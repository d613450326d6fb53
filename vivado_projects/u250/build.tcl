# Alveo U250: the die of a VU13P; 300 MHz, the clock of its shell.
set part xcu250-figd2104-2l-e
set clock_period_ns 3.333
set clock_regions {
    CLOCKREGION_X0Y0:CLOCKREGION_X7Y3
    CLOCKREGION_X0Y4:CLOCKREGION_X7Y7
    CLOCKREGION_X0Y8:CLOCKREGION_X7Y11
    CLOCKREGION_X0Y12:CLOCKREGION_X7Y15
}
source [file join [file dirname [file normalize [info script]]] .. common build.tcl]
