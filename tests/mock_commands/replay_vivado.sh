#!/bin/sh
# replay_vivado.sh VERSION ARGUMENT...: checks the arguments as vivado and out_of_context.tcl would, then does what
# MOCK_VIVADO says:
#   success (default)  prints a log and leaves the stored reports of VERSION, for the top module that was asked for
#   other_top          the same, but the reports are about another module
#   other_clock        the same, but the clock is twice as slow
#   broken_report      the same, but the utilization report is cut off
#   failure            prints an error and ends with status 1
#   no_report          ends with status 0 and leaves nothing
#   hang               prints its first lines, starts a child, and never ends
set -eu
version=$1
shift
here=$(dirname "$(readlink -f "$0")")

refuse() {
    echo "vivado: $1" >&2
    exit 64
}

options="-mode batch -nolog -nojournal -notrace -source"
[ "$1 $2 $3 $4 $5 $6" = "$options" ] || refuse "expected $options, got $*"
script=$7
[ "$8" = "-tclargs" ] || refuse "expected -tclargs, got $8"
shift 8
[ "$#" -eq 8 ] || refuse "expected 8 arguments of the script, got $#"
step=$1 top=$2 part=$3 period=$4 clock=$5 sources=$6 constraints=$7 reports=$8
grep -q 'synth_design -mode out_of_context' "$script" || refuse "$script runs no synth_design"
grep -q '^create_clock .*TRIGFORGE_CLOCK_PERIOD_NS' "$constraints" || refuse "$constraints creates no clock"
case "$step" in vsynth | implement) ;; *) refuse "unknown step $step" ;; esac
case "$period" in *[!0-9.]*) refuse "$period is no clock period" ;; esac
while read -r source; do
    [ -f "$source" ] || refuse "no source $source"
    if grep -q "^module $top\b" "$source"; then
        grep -q "\b$clock\b" "$source" || refuse "$top has no port $clock"
        found=yes
    fi
done <"$sources"
[ "${found:-no}" = yes ] || refuse "no module $top among the sources"

echo "****** Vivado v$version (64-bit)"
echo "source $script"
echo "Command: synth_design -mode out_of_context -top $top -part $part"
echo "Starting synth_design"

leave_reports() {
    for name in vsynth "$step"; do
        for kind in utilization timing; do
            sed -e "s/jet_tagger_v1/$1/" -e "s/5\.000           200\.000/$2           100.000/" \
                "$here/../reports/vivado/${version}_${name}_$kind.rpt" >"$reports/${name}_$kind.rpt"
        done
    done
    echo "INFO: [Common 17-206] Exiting Vivado"
}

case "${MOCK_VIVADO:-success}" in
success) leave_reports "$top" "$period" ;;
other_top) leave_reports another "$period" ;;
other_clock) leave_reports "$top" 10.000 ;;
broken_report)
    leave_reports "$top" "$period"
    head -c 3000 "$reports/${step}_utilization.rpt" >"$reports/half"
    mv "$reports/half" "$reports/${step}_utilization.rpt"
    ;;
failure)
    echo "ERROR: [Synth 8-439] module 'stage_7' not found"
    echo "ERROR: out_of_context.tcl: Synthesis failed"
    exit 1
    ;;
no_report) ;;
hang)
    sleep 300 &
    echo "$!" >child.pid
    wait
    ;;
*) refuse "MOCK_VIVADO=$MOCK_VIVADO is unknown" ;;
esac
