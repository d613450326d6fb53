// A queue of eight results; an event is taken only while a slot is reserved for its result.
module toy_axis (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire [95:0]  s_axis_tdata,
    output wire         m_axis_tvalid,
    input  wire         m_axis_tready,
    output wire [103:0] m_axis_tdata,
    input  wire [5:0]   g
);
    wire [89:0] y;
    wire [6:0]  z;
    reg  [2:0]  valid;
    reg  [3:0]  free;
    reg  [3:0]  write_at, read_at;
    reg  [96:0] queue [0:7];

    wire take = s_axis_tvalid && s_axis_tready;
    wire give = m_axis_tvalid && m_axis_tready;
    assign s_axis_tready = free != 4'd0;
    assign m_axis_tvalid = write_at != read_at;
    assign m_axis_tdata  = {7'b0, queue[read_at[2:0]]};

    always @(posedge aclk) begin
        if (valid[2]) queue[write_at[2:0]] <= {z, y};
        if (!aresetn) begin
            valid    <= 3'b0;
            free     <= 4'd8;
            write_at <= 4'd0;
            read_at  <= 4'd0;
        end else begin
            valid    <= {valid[1:0], take};
            free     <= free - {3'b0, take} + {3'b0, give};
            write_at <= write_at + {3'b0, valid[2]};
            read_at  <= read_at + {3'b0, give};
        end
    end

    toy core (.clk(aclk), .a(s_axis_tdata[71:0]), .b(s_axis_tdata[91:72]), .g(g), .y(y), .z(z));
    wire unused = &{1'b0, s_axis_tdata[95:92]};
endmodule
