// y[i] = a[i] + b[i mod 4] + g, z = b[0] + b[1] + b[2] + b[3], in three cycles; g is a register that is held steady.
module toy (
    input  wire        clk,
    input  wire [71:0] a,
    input  wire [19:0] b,
    input  wire [5:0]  g,
    output reg  [89:0] y,
    output reg  [6:0]  z
);
    reg [80:0] sum;
    reg [11:0] halves;
    reg [89:0] shifted;
    reg [6:0]  whole;
    wire [9:0] g_wide = {{4{g[5]}}, g};

    always @(posedge clk) begin
        halves[5:0]  <= {1'b0, b[4:0]} + {1'b0, b[9:5]};
        halves[11:6] <= {1'b0, b[14:10]} + {1'b0, b[19:15]};
        whole        <= {1'b0, halves[5:0]} + {1'b0, halves[11:6]};
        z            <= whole;
        y            <= shifted;
    end

    genvar i;
    generate
        for (i = 0; i < 9; i = i + 1) begin : element
            wire [8:0] a_wide = {a[8 * i + 7], a[8 * i +: 8]};
            wire [8:0] b_wide = {4'b0, b[5 * (i % 4) +: 5]};
            always @(posedge clk) begin
                sum[9 * i +: 9]       <= a_wide + b_wide;
                shifted[10 * i +: 10] <= {sum[9 * i + 8], sum[9 * i +: 9]} + g_wide;
            end
        end
    endgenerate
// PROBE
endmodule
