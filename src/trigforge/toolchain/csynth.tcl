# C synthesis of the HLS project in the working directory, for Vitis HLS and Vivado HLS.
#
#   vitis_hls -f csynth.tcl | vivado_hls -f csynth.tcl | vitis-run --mode hls --tcl csynth.tcl
#
# project.tcl, written with the project, sets project_name (which is the top function), backend, part, clock_period,
# clock_uncertainty, maximum_size and multipliers. The report is left in
# ${project_name}_prj/solution1/syn/report/${project_name}_csynth.xml. On an error the tool ends with status 1.

if {[catch {
    source project.tcl

    # Vivado HLS knows C++11 under its older name only.
    set standard [expr {$backend eq "vivado" ? "-std=c++0x" : "-std=c++14"}]

    open_project -reset ${project_name}_prj
    set_top $project_name
    add_files firmware/${project_name}.cpp -cflags $standard
    open_solution -reset solution1
    # Vitis HLS partitions arrays of any size and has no such command.
    catch {config_array_partition -maximum_size $maximum_size}
    config_compile -name_max_length 80
    config_schedule -enable_dsp_full_reg=false
    # Vivado HLS has no setting for all multiplications.
    if {$multipliers eq "LUT" && $backend eq "vitis"} {
        config_op mul -impl fabric
    }
    set_part $part
    create_clock -period $clock_period -name default
    set_clock_uncertainty $clock_uncertainty default
    csynth_design
} message]} {
    puts "ERROR: csynth.tcl: $message"
    exit 1
}
exit 0
