// Family `random-net`, layer 1: 3x3 convolution of four channels of smooth value noise, at a quarter of the image's resolution; cells [M,batch,h·w,2]
// vec4f are its 8 channels. Channel k of the noise has cells·(1, 1, 1.5, 2)[k] lattice cells along the image's longer side; its values are hashed from the
// sample's seed. A workgroup owns one of `slices` parts of a sample (z = model), an invocation every (workgroup_size·slices)-th place.
// Libraries: random/pcg, sample/turn, families/random-net/net.

override workgroup_size = 64u;

struct Params { batch: u32, height: u32, width: u32, longer: f32, slices: u32, row_stride: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> nets: array<vec4f>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read_write> cells: array<vec4f>;

fn lattice(cell: vec2i, seed: u32) -> f32 {
  return f32(pcg3d(vec3u(bitcast<vec2u>(cell), seed)).x >> 8u) * 1.1920928955078125e-7 - 1.0;
}

fn value_noise(p: vec2f, seed: u32) -> f32 {
  let corner = floor(p);
  let cell = vec2i(corner);
  let f = p - corner;
  let fade = f * f * (3.0 - 2.0 * f);
  let upper = mix(lattice(cell, seed), lattice(cell + vec2i(1, 0), seed), fade.x);
  let lower = mix(lattice(cell + vec2i(0, 1), seed), lattice(cell + vec2i(1, 1), seed), fade.x);
  return mix(upper, lower, fade.y);
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
  let seed = rows[row + 2u];
  let frequency = bitcast<f32>(rows[row + 3u]);
  let places = params.height * params.width;
  // A place is 4 pixels wide.
  let scale = 4.0 * frequency / params.longer;

  for (var place = (number % params.slices) * workgroup_size + lane; place < places; place += workgroup_size * params.slices) {
    let line = place / params.width;
    let at = vec2f(f32(place - line * params.width), f32(line));
    var low = nets[net + LAYER1 + 72u];
    var high = nets[net + LAYER1 + 73u];
    for (var tap = 0u; tap < 9u; tap++) {
      let p = (at + vec2f(f32(tap % 3u), f32(tap / 3u)) - 0.5) * scale;
      for (var k = 0u; k < 4u; k++) {
        let value = value_noise(p * max(0.5 + 0.5 * f32(k), 1.0), seed + k);
        let weights = net + LAYER1 + 2u * (4u * tap + k);
        low += value * nets[weights];
        high += value * nets[weights + 1u];
      }
    }
    let kind = nets[net + ACTIVATIONS].x;
    cells[2u * (sample * places + place)] = activate(kind, low);
    cells[2u * (sample * places + place) + 1u] = activate(kind, high);
  }
}
