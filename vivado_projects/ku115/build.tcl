# Kintex UltraScale KU115; 240 MHz.
set part xcku115-flvb2104-2-e
set clock_period_ns 4.167
set clock_regions {
    CLOCKREGION_X0Y0:CLOCKREGION_X5Y4
    CLOCKREGION_X0Y5:CLOCKREGION_X5Y9
}
source [file join [file dirname [file normalize [info script]]] .. common build.tcl]
