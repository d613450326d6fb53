#!/bin/sh
# replay.sh COMMAND VERSION ARGUMENT...: checks the arguments as COMMAND would, then does what MOCK_HLS says:
#   success (default)  prints a log and leaves the stored report of VERSION, for the top function in project.tcl
#   other_top          the same, but the report is about another function
#   broken_report      the same, but the report is cut off
#   failure            prints an error and ends with status 1
#   no_report          ends with status 0 and leaves nothing
#   hang               prints its first lines, starts a child, and never ends
#   mismatch           as success; a co-simulation prints an output that differs and ends with status 1
#   failed_report      as success; the report of a co-simulation says Fail
set -eu
command=$1
version=$2
shift 2
here=$(dirname "$(readlink -f "$0")")

refuse() {
    echo "$command: $1" >&2
    exit 64
}

case "$command" in
vitis-run)
    [ "$#" -eq 4 ] && [ "$1 $2 $3" = "--mode hls --tcl" ] || refuse "expected --mode hls --tcl SCRIPT, got $*"
    script=$4
    ;;
*)
    [ "$#" -eq 2 ] && [ "$1" = "-f" ] || refuse "expected -f SCRIPT, got $*"
    script=$2
    ;;
esac
if grep -q '^ *csynth_design$' "$script"; then
    step=csynth
elif grep -q '^ *cosim_design -rtl verilog' "$script"; then
    step=cosim
else
    refuse "$script runs neither csynth_design nor cosim_design"
fi
[ -f project.tcl ] || refuse "no project.tcl in the working directory"
top=$(sed -n 's/^set project_name "\(.*\)"$/\1/p' project.tcl)
[ -f "firmware/$top.cpp" ] || refuse "no firmware/$top.cpp"

case "$command" in
vivado_hls) product="Vivado(TM) HLS - High-Level Synthesis from C, C++ and SystemC" report=vivado_hls_2020.1_top.xml ;;
*) product="Vitis HLS - High-Level Synthesis from C, C++ and OpenCL" report=vitis_hls_2023.2_top.xml ;;
esac
echo "****** $product v$version (64-bit)"
echo "Sourcing Tcl script '$script'"
echo "INFO: [HLS 200-10] Adding design file 'firmware/$top.cpp' to the project"
echo "INFO: [HLS 200-10] Analyzing design file 'firmware/$top.cpp' ..."

if [ "$step" = cosim ]; then
    [ -f "${top}_prj/solution1/syn/report/${top}_csynth.xml" ] || refuse "csynth was not run"
    [ -f csim/bridge.cpp ] && grep -q "_run(&in" cosim/testbench.cpp || refuse "no test bench"
    vectors=$(sed -n 's/^static const char \*const VECTORS = "\(.*\)";$/\1/p' cosim/testbench.cpp)
    [ -s "$vectors" ] || refuse "no vectors"
    folder=${top}_prj/solution1/sim/report
    result=vitis_hls_2023.2_pass.rpt
    [ "$command" = vivado_hls ] && result=vivado_hls_2019.2_pass.rpt
    case "${MOCK_HLS:-success}" in
    success) ;;
    failed_report) result=vitis_hls_2023.2_fail.rpt ;;
    mismatch)
        echo "trigforge cosim: 0 of 50 outputs differ"
        echo "INFO: [COSIM 212-302] Starting C TB testing ..."
        echo "trigforge cosim: event 3 output 0 element 2 found -5 expected 6"
        echo "trigforge cosim: 1 of 50 outputs differ"
        echo "ERROR: cosim.tcl: C/RTL co-simulation finished: FAIL"
        exit 1
        ;;
    failure)
        echo "ERROR: cosim.tcl: no simulator"
        exit 1
        ;;
    no_report) exit 0 ;;
    *) refuse "MOCK_HLS=$MOCK_HLS is unknown to cosim" ;;
    esac
    mkdir -p "$folder"
    sed -n p "$here/../reports/cosim/$result" >"$folder/${top}_cosim.rpt"
    exit 0
fi

folder=${top}_prj/solution1/syn/report
leave_report() {
    mkdir -p "$folder"
    sed -e "s/jet_tagger/$1/g" -e "s|<Version>.*</Version>|<Version>$version</Version>|" \
        "$here/../reports/csynth/$report" >"$folder/${top}_csynth.xml"
    echo "INFO: [HLS 200-789] **** Estimated Fmax: 274.27 MHz"
}

case "${MOCK_HLS:-success}" in
success | mismatch | failed_report) leave_report "$top" ;;
other_top) leave_report another ;;
broken_report)
    leave_report "$top"
    head -c 700 "$folder/${top}_csynth.xml" >"$folder/half" && mv "$folder/half" "$folder/${top}_csynth.xml"
    ;;
failure)
    echo "ERROR: [HLS 207-3777] use of undeclared identifier 'nnet' (firmware/$top.cpp:31:5)"
    echo "ERROR: csynth.tcl: 2 errors in source code analysis."
    exit 1
    ;;
no_report) ;;
hang)
    sleep 300 &
    echo "$!" >child.pid
    wait
    ;;
*) refuse "MOCK_HLS=$MOCK_HLS is unknown" ;;
esac
