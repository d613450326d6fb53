# Virtex UltraScale+ VU13P, as on the trigger boards of the CMS level-1 upgrade; 360 MHz.
set part xcvu13p-flga2577-2-e
set clock_period_ns 2.778
set clock_regions {
    CLOCKREGION_X0Y0:CLOCKREGION_X7Y3
    CLOCKREGION_X0Y4:CLOCKREGION_X7Y7
    CLOCKREGION_X0Y8:CLOCKREGION_X7Y11
    CLOCKREGION_X0Y12:CLOCKREGION_X7Y15
}
source [file join [file dirname [file normalize [info script]]] .. common build.tcl]
