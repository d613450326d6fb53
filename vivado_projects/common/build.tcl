# What the build.tcl of each board sources, after setting part, clock_period_ns (the default) and clock_regions (one
# range for each super logic region, lowest first; empty where the part has one die).
#
#   vivado -mode batch -source vivado_projects/BOARD/build.tcl \
#       -tclargs RTL TOP ?-clock_period_ns N? ?-slr N? ?-step vsynth?
#
# RTL is the folder of a written RTL project, TOP its core. Reports and checkpoints are left in RTL/vivado. With -slr
# the core is placed in that super logic region alone; without, Vivado spreads it as it likes.

proc option {name default} {
    global argv
    set at [lsearch -exact $argv -$name]
    if {$at < 0} {
        return $default
    }
    set value [lindex $argv $at+1]
    set argv [lreplace $argv $at $at+1]
    return $value
}

proc verilog_below {folder} {
    set found [glob -nocomplain -types f -directory $folder *.v]
    foreach inner [lsort [glob -nocomplain -types d -directory $folder *]] {
        if {[file tail $inner] ni {vivado testbench}} {
            lappend found {*}[verilog_below $inner]
        }
    }
    return [lsort $found]
}

set clock_period_ns [option clock_period_ns $clock_period_ns]
set slr [option slr ""]
set step [option step implement]
if {[llength $argv] != 2} {
    puts "ERROR: expected RTL and TOP, found [llength $argv] arguments; the head of common/build.tcl names them"
    exit 1
}
lassign $argv rtl top
set region ""
if {$slr ne ""} {
    if {![string is digit -strict $slr] || $slr >= [llength $clock_regions]} {
        puts "ERROR: $part has no super logic region $slr to choose; it has [llength $clock_regions]"
        exit 1
    }
    set region [lindex $clock_regions $slr]
}
set sources [verilog_below [file normalize $rtl]]
if {$sources eq ""} {
    puts "ERROR: there is no Verilog below $rtl; give the folder that trigforge synth writes"
    exit 1
}

set reports [file join [file normalize $rtl] vivado]
file mkdir $reports
set stream [open [file join $reports sources.txt] w]
puts $stream [join $sources "\n"]
close $stream

set toolchain [file normalize [file join [file dirname [info script]] .. .. src trigforge toolchain]]
set argv [list $step $top $part $clock_period_ns clk [file join $reports sources.txt] \
    [file join $toolchain timing.xdc] $reports $region]
source [file join $toolchain out_of_context.tcl]
