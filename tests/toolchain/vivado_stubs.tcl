# Vivado's commands: most only record that they were called, in the file that is the first argument.
set calls_file [lindex $argv 0]

proc record args {
    set stream [open $::calls_file a]
    puts $stream $args
    close $stream
}

# What stands for a collection of objects: the query for it.
proc query args {
    return "<[join $args]>"
}

foreach name {@COMMANDS@} {
    interp alias {} $name {} record $name
}
interp alias {} all_outputs {} query all_outputs
interp alias {} get_pblocks {} query get_pblocks
proc get_ports args {
    return [query get_ports {*}[lmap word $args {list $word}]]
}
proc get_parts args {
    return {@PARTS@}
}
