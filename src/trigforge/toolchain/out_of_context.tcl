# Synthesis, and place and route, of one module by itself, for Vivado.
#
#   vivado -mode batch -nolog -nojournal -notrace -source out_of_context.tcl \
#       -tclargs STEP TOP PART CLOCK_PERIOD_NS CLOCK_PORT SOURCES CONSTRAINTS REPORTS [CLOCK_REGIONS]
#
# STEP is vsynth or implement. SOURCES is a file that names one Verilog file a line. CONSTRAINTS is timing.xdc beside
# this file, or another that reads the same two variables of the environment. REPORTS is a folder that exists; vsynth
# leaves vsynth_utilization.rpt, vsynth_timing.rpt and vsynth.dcp there, implement also the same three named implement.
# With CLOCK_REGIONS (CLOCKREGION_X0Y0:CLOCKREGION_X7Y3) all cells are placed there. On an error Vivado ends with status 1.

proc read_lines {path} {
    set stream [open $path]
    set lines [split [string trim [read $stream]] "\n"]
    close $stream
    return $lines
}

# The part as this installation spells it: case differs between Vivado's lists and people's habits.
proc installed_part {name} {
    foreach part [get_parts] {
        if {[string equal -nocase $part $name]} {
            return $part
        }
    }
    error "this Vivado has no part $name; install its device family, or take a version and licence that cover it"
}

proc report {step folder} {
    report_utilization -file [file join $folder ${step}_utilization.rpt]
    report_timing_summary -file [file join $folder ${step}_timing.rpt]
    write_checkpoint -force [file join $folder ${step}.dcp]
}

proc place_within {clock_regions} {
    create_pblock core
    add_cells_to_pblock core -top
    resize_pblock core -add $clock_regions
    set_property IS_SOFT FALSE [get_pblocks core]
}

proc build {step top part clock_period_ns clock_port sources constraints reports clock_regions} {
    if {$step ni {vsynth implement}} {
        error "step $step is unknown; known are vsynth and implement"
    }
    set ::env(TRIGFORGE_CLOCK_PERIOD_NS) $clock_period_ns
    set ::env(TRIGFORGE_CLOCK_PORT) $clock_port
    set part [installed_part $part]

    read_verilog [read_lines $sources]
    # Unmanaged: a constraint file that reads the environment is Tcl.
    read_xdc -mode out_of_context -unmanaged $constraints
    puts "trigforge: vsynth"
    synth_design -mode out_of_context -top $top -part $part
    report vsynth $reports
    if {$step eq "vsynth"} {
        return
    }

    puts "trigforge: implement"
    if {$clock_regions ne ""} {
        place_within $clock_regions
    }
    opt_design
    place_design
    phys_opt_design
    route_design
    phys_opt_design
    report implement $reports
}

if {[catch {
    if {[llength $argv] ni {8 9}} {
        error "expected 8 or 9 arguments, found [llength $argv]; the head of this file names them"
    }
    lassign $argv step top part clock_period_ns clock_port sources constraints reports clock_regions
    build $step $top $part $clock_period_ns $clock_port $sources $constraints $reports $clock_regions
} message]} {
    puts "ERROR: out_of_context.tcl: $message"
    exit 1
}
exit 0
