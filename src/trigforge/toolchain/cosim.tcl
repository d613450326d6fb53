# C/RTL co-simulation of what csynth.tcl made in the working directory, for Vitis HLS and Vivado HLS.
#
#   vitis_hls -f cosim.tcl | vivado_hls -f cosim.tcl | vitis-run --mode hls --tcl cosim.tcl
#
# project.tcl, written with the project, sets project_name and backend; cosim/testbench.cpp is the C test bench and
# csim/bridge.cpp calls the top function for it. The report is left in
# ${project_name}_prj/solution1/sim/report/${project_name}_cosim.rpt. On an error the tool ends with status 1.

if {[catch {
    source project.tcl

    # Vivado HLS knows C++11 under its older name only.
    set standard [expr {$backend eq "vivado" ? "-std=c++0x" : "-std=c++14"}]
    set flags "$standard -I[file normalize .] -I[file normalize firmware]"

    open_project ${project_name}_prj
    add_files -tb cosim/testbench.cpp -cflags $flags
    add_files -tb csim/bridge.cpp -cflags $flags
    open_solution solution1
    cosim_design -rtl verilog -trace_level none
} message]} {
    puts "ERROR: cosim.tcl: $message"
    exit 1
}
exit 0
