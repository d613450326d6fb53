# Alveo U55C: three dies, memory stacks beside the lowest; 300 MHz, the clock of its shell.
set part xcu55c-fsvh2892-2l-e
set clock_period_ns 3.333
set clock_regions {
    CLOCKREGION_X0Y0:CLOCKREGION_X7Y3
    CLOCKREGION_X0Y4:CLOCKREGION_X7Y7
    CLOCKREGION_X0Y8:CLOCKREGION_X7Y11
}
source [file join [file dirname [file normalize [info script]]] .. common build.tcl]
