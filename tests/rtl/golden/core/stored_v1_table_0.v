// stored_v1_table_0: a table of stored version 1
`default_nettype none

(* map_once *)
module stored_v1_table_0 (
    input wire [2:0] x,
    output wire [3:0] y
);
    reg [3:0] entry;
    assign y = entry;

    always @* begin
        case (x)
            3'd0: entry = 4'd10;
            3'd1: entry = 4'd11;
            3'd2: entry = 4'd14;
            3'd3: entry = 4'd3;
            3'd4: entry = 4'd13;
            3'd5: entry = 4'd6;
            3'd6: entry = 4'd4;
            3'd7: entry = 4'd4;
            default: entry = {4{1'bx}};
        endcase
    end
endmodule

`default_nettype wire
