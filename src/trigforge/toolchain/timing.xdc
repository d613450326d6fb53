# Constraints of one module by itself; read by out_of_context.tcl with read_xdc -unmanaged.
#
# The module is timed as if the registers before and behind it stood at its ports: no time is granted to the way there,
# and none is taken off. Hold at the ports is the business of the design around it; Vivado would add LUTs to mend it.
create_clock -name clk -period $::env(TRIGFORGE_CLOCK_PERIOD_NS) [get_ports $::env(TRIGFORGE_CLOCK_PORT)]

set data_inputs [get_ports -filter "DIRECTION == IN && NAME != $::env(TRIGFORGE_CLOCK_PORT)"]
set_input_delay -clock clk 0.0 $data_inputs
set_output_delay -clock clk 0.0 [all_outputs]
set_false_path -hold -from $data_inputs
set_false_path -hold -to [all_outputs]
