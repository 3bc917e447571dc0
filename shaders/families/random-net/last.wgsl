// Family `random-net`, layers 3 and 4: 3x3 convolution of the bilinear 2x enlargement of `grown` [M,batch,h·w,2] vec4f to 4 channels, h = ceil(height/2),
// as in grow.wgsl; then 1x1 to three, squashed into x [M,batch,C,H,W] f32 in [0,1]. One channel takes the first. A workgroup owns one of `slices` parts of
// an image (z = model), an invocation 2x2 blocks of pixels. Libraries: sample/turn, sample/tone, families/random-net/net.

override workgroup_size = 64u;

struct Params { batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> nets: array<vec4f>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read> grown: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

// Writes a pixel, where it lies inside the image, from its sums of layer 3.
fn write_pixel(start: u32, pixel: vec2u, sums: vec4f, kind: f32, layer4: mat4x3f, bias: vec3f, contrast: f32, brightness: f32) {
  if (pixel.x >= params.width || pixel.y >= params.height) {
    return;
  }
  let z = bias + layer4 * activate(kind, sums);
  let value = z * inverseSqrt(1.0 + z * z);
  for (var channel = 0u; channel < params.channels; channel++) {
    x[start + (channel * params.height + pixel.y) * params.width + pixel.x] = tone(value[channel], contrast, brightness);
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
  let contrast = bitcast<f32>(rows[row + 4u]);
  let brightness = bitcast<f32>(rows[row + 5u]);
  let kind = nets[net + ACTIVATIONS].z;
  let layer4 = transpose(mat3x4f(nets[net + LAYER4], nets[net + LAYER4 + 1u], nets[net + LAYER4 + 2u]));
  let bias = nets[net + LAYER4 + 3u].xyz;
  let h = (params.height + 1u) / 2u;
  let w = (params.width + 1u) / 2u;
  let start = sample * params.channels * params.height * params.width;

  // An invocation takes blocks g, g + quarter, g + 2·quarter and g + 3·quarter, so that it reads each weight once for all of them.
  let quarter = (h * w + 3u) / 4u;

  for (var g = (number % params.slices) * workgroup_size + lane; g < quarter; g += workgroup_size * params.slices) {
    let blocks = g + quarter * vec4u(0u, 1u, 2u, 3u);
    var lines = blocks / w;
    var columns = blocks - lines * w;
    let bias3 = nets[net + LAYER3 + 288u];
    // The columns of a matrix are the sums of a block's four pixels.
    var p = mat4x4f(bias3, bias3, bias3, bias3);
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
        inputs = transpose(mat4x4f(grown[places.x], grown[places.y], grown[places.z], grown[places.w]));
      }
      let at = net + LAYER3 + 4u * i;
      let weights = mat4x4f(nets[at], nets[at + 1u], nets[at + 2u], nets[at + 3u]);
      p += inputs[0].x * weights;
      q += inputs[0].y * weights;
      r += inputs[0].z * weights;
      s += inputs[0].w * weights;
      inputs = mat4x4f(inputs[1], inputs[2], inputs[3], inputs[0]);
    }
    // The next pixel, and after four the next block, moves to the front.
    let blocks_here = min(4u, (h * w - blocks.x + quarter - 1u) / quarter);
    for (var n = 0u; n < 4u * blocks_here; n++) {
      write_pixel(start, 2u * vec2u(columns.x, lines.x) + vec2u(n & 1u, (n >> 1u) & 1u), p[0], kind, layer4, bias, contrast, brightness);
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
