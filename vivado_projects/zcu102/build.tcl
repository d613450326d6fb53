# Zynq UltraScale+ ZU9EG on the evaluation board ZCU102; 200 MHz, one die.
set part xczu9eg-ffvb1156-2-e
set clock_period_ns 5.0
set clock_regions {}
source [file join [file dirname [file normalize [info script]]] .. common build.tcl]
