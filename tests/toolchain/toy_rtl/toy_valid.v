module toy_valid (
    input  wire        clk,
    input  wire        rst,
    input  wire        in_valid,
    input  wire [71:0] a,
    input  wire [19:0] b,
    input  wire [5:0]  g,
    output wire        out_valid,
    output wire [89:0] y,
    output wire [6:0]  z
);
    reg [2:0] valid;
    assign out_valid = valid[2];
    always @(posedge clk) valid <= rst ? 3'b0 : {valid[1:0], in_valid};

    toy core (.clk(clk), .a(a), .b(b), .g(g), .y(y), .z(z));
endmodule
