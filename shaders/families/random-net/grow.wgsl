// Family `random-net`, layer 2: 3x3 convolution of the bilinear 2x enlargement of its input, `cells` [M,batch,h·w,2] vec4f to `grown`
// [M,batch,height·width,2], h = ceil(height/2). Enlarging and convolving are one: the four pixels of a 2x2 block see the same 3x3 places of the
// input, each with kernels of its own, which the table holds ready. Beyond the edge the input repeats its last place.
// A workgroup owns one of `slices` parts of a sample (z = model), an invocation blocks. Libraries: sample/turn, families/random-net/net.

override workgroup_size = 64u;

struct Params { batch: u32, height: u32, width: u32, slices: u32, row_stride: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> nets: array<vec4f>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read> cells: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> grown: array<vec4f>;

// Writes half of the channels of a pixel, where it lies inside the image, from their sums.
fn write_pixel(first: u32, pixel: vec2u, sums: vec4f, kind: f32) {
  if (pixel.x < params.width && pixel.y < params.height) {
    grown[first + 2u * (pixel.y * params.width + pixel.x)] = activate(kind, sums);
  }
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let sample = wid.z * params.batch + image;
  let row = sample * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let net = rows[row + 1u] * NET;
  let h = (params.height + 1u) / 2u;
  let w = (params.width + 1u) / 2u;
  let kind = nets[net + ACTIVATIONS].y;

  // An invocation takes half of the channels of blocks g, g + quarter, g + 2·quarter and g + 3·quarter, and reads each weight once for all of them.
  let quarter = (h * w + 3u) / 4u;

  for (var item = (number % params.slices) * workgroup_size + lane; item < 2u * quarter; item += workgroup_size * params.slices) {
    let upper = select(0u, 1u, item >= quarter);
    let blocks = item - upper * quarter + quarter * vec4u(0u, 1u, 2u, 3u);
    var lines = blocks / w;
    var columns = blocks - lines * w;
    let bias = nets[net + LAYER2 + 576u + upper];
    // The columns of a matrix are the sums of a block's four pixels.
    var p = mat4x4f(bias, bias, bias, bias);
    var q = p;
    var r = p;
    var s = p;
    // One loop over 9 taps of 8 channels: nested ones are unrolled into hundreds of loads, which lavapipe takes seconds to compile.
    var inputs = mat4x4f();
    for (var i = 0u; i < 72u; i++) {
      if ((i & 3u) == 0u) {
        let tap = i >> 3u;
        let from_lines = clamp(vec4i(lines + tap / 3u) - 1, vec4i(0), vec4i(i32(h) - 1));
        let from_columns = clamp(vec4i(columns + tap % 3u) - 1, vec4i(0), vec4i(i32(w) - 1));
        let places = 2u * (sample * h * w + vec4u(from_lines) * w + vec4u(from_columns)) + ((i >> 2u) & 1u);
        inputs = transpose(mat4x4f(cells[places.x], cells[places.y], cells[places.z], cells[places.w]));
      }
      let at = net + LAYER2 + 8u * i + 4u * upper;
      let weights = mat4x4f(nets[at], nets[at + 1u], nets[at + 2u], nets[at + 3u]);
      p += inputs[0].x * weights;
      q += inputs[0].y * weights;
      r += inputs[0].z * weights;
      s += inputs[0].w * weights;
      inputs = mat4x4f(inputs[1], inputs[2], inputs[3], inputs[0]);
    }
    let first = 2u * sample * params.height * params.width + upper;
    // The next pixel, and after four the next block, moves to the front.
    let blocks_here = min(4u, (h * w - blocks.x + quarter - 1u) / quarter);
    for (var n = 0u; n < 4u * blocks_here; n++) {
      write_pixel(first, 2u * vec2u(columns.x, lines.x) + vec2u(n & 1u, (n >> 1u) & 1u), p[0], kind);
      p = mat4x4f(p[1], p[2], p[3], p[0]);
      if ((n & 3u) == 3u) {
        p = q;
        q = r;
        r = s;
        lines = lines.yzwx;
        columns = columns.yzwx;
      }
    }
  }
}
