// Warps images: x [M,batch,C,H,W] = source, seen through an affine map and a smooth displacement, bilinear, then thickened or thinned.
// rows from word first_word on: rotation (radians), scale, shear, translate x, y (shares of W, H), flip (u32), strength and phase x, y of the
// displacement, thickness in [-1,1]. lattice [M,batch,nodes_y,nodes_x] vec2: coefficients of a cubic B-spline. source [K,C,H,W], chosen by the
// row's word class_word, or where that is 0 image for image. A workgroup owns one of `slices` parts of an image, an invocation every so-many-th pixel.
// Library: sample/turn. Twin: packages/datagen/src/posts/warp/twin.ts.

override workgroup_size = 64u;
override has_lattice = false;
override has_thickness = false;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32, first_word: u32, class_word: u32, classes: u32,
  border: u32, nodes_x: u32, nodes_y: u32, spacing: f32, gain: f32, radius: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> lattice: array<vec2f>;
@group(0) @binding(3) var<storage, read> source: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

// Where the plane begins that value_at reads.
var<private> plane_start: u32;

// Bilinear between the four nearest pixels of the plane; outside of it zeros, or the pixels of the border.
fn value_at(place: vec2f) -> f32 {
  let size = vec2f(f32(params.width), f32(params.height));
  let at = clamp(place, vec2f(-1.0), size);
  let low = floor(at);
  let t = at - low;
  let border = vec2<bool>(params.border > 0u);
  let near = (1.0 - t) * select(vec2f(0.0), vec2f(1.0), border | ((low >= vec2f(0.0)) & (low < size)));
  let far = t * select(vec2f(0.0), vec2f(1.0), border | (low + 1.0 < size));
  let a = vec2u(clamp(low, vec2f(0.0), size - 1.0));
  let b = vec2u(clamp(low + 1.0, vec2f(0.0), size - 1.0));
  let upper = plane_start + a.y * params.width;
  let lower = plane_start + b.y * params.width;
  return near.y * (near.x * source[upper + a.x] + far.x * source[upper + b.x])
    + far.y * (near.x * source[lower + a.x] + far.x * source[lower + b.x]);
}

// The four weights of a uniform cubic B-spline at t in [0,1).
fn spline(t: f32) -> vec4f {
  let s = 1.0 - t;
  let middle = 3.0 * t * t * t - 6.0 * t * t + 4.0;
  let third = 3.0 * s * s * s - 6.0 * s * s + 4.0;
  return vec4f(s * s * s, middle, third, t * t * t) * (1.0 / 6.0);
}

fn displacement(first: u32, at: vec2f) -> vec2f {
  let cell = floor(at);
  let across = spline(at.x - cell.x);
  var down = spline(at.y - cell.y);
  var node = first + u32(cell.y) * params.nodes_x + u32(cell.x);
  var sum = vec2f(0.0);
  for (var j = 0u; j < 4u; j++) {
    sum += down.x * (across.x * lattice[node] + across.y * lattice[node + 1u] + across.z * lattice[node + 2u] + across.w * lattice[node + 3u]);
    down = down.yzwx;
    node += params.nodes_x;
  }
  return sum;
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let row = place * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let word = row + params.first_word;
  let turns = bitcast<f32>(rows[word]) * 0.15915494309189535;
  let cosine = cos_turn(turns);
  let sine = sin_turn(turns);
  let zoom = 1.0 / bitcast<f32>(rows[word + 1u]);
  let shear = bitcast<f32>(rows[word + 2u]);
  let size = vec2f(f32(params.width), f32(params.height));
  let middle = 0.5 * size;
  let origin = middle + size * vec2f(bitcast<f32>(rows[word + 3u]), bitcast<f32>(rows[word + 4u]));
  let mirror = vec2f(select(1.0, -1.0, rows[word + 5u] > 0u), 1.0);
  let strength = params.gain * bitcast<f32>(rows[word + 6u]);
  let phase = vec2f(bitcast<f32>(rows[word + 7u]), bitcast<f32>(rows[word + 8u]));
  let thickness = bitcast<f32>(rows[word + 9u]);
  let sign = select(1.0, -1.0, thickness < 0.0);
  let radius = abs(thickness) * params.radius;
  let plane = params.height * params.width;
  let first = place * params.channels * plane;
  // A class beyond those that source holds would read past its end; control from outside may write one.
  var from_image = place;
  if (params.class_word > 0u) {
    from_image = min(rows[row + params.class_word], params.classes - 1u);
  }
  let nodes = place * params.nodes_x * params.nodes_y;

  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < plane; pixel += workgroup_size * params.slices) {
    let at = vec2f(f32(pixel % params.width), f32(pixel / params.width)) + 0.5;
    let away = at - origin;
    let turned = vec2f(cosine * away.x + sine * away.y, cosine * away.y - sine * away.x);
    var seen = mirror * zoom * vec2f(turned.x - shear * turned.y, turned.y) + middle - 0.5;
    if (has_lattice) {
      seen += strength * displacement(nodes, at / params.spacing + phase);
    }
    for (var c = 0u; c < params.channels; c++) {
      plane_start = (from_image * params.channels + c) * plane;
      var value = value_at(seen);
      if (has_thickness) {
        var extreme = sign * value;
        var ray = vec2f(radius, 0.0);
        for (var k = 0u; k < 8u; k++) {
          extreme = max(extreme, sign * value_at(seen + ray));
          // The next eighth of a turn.
          ray = 0.70710678118654752 * vec2f(ray.x - ray.y, ray.x + ray.y);
        }
        value = sign * extreme;
      }
      x[first + c * plane + pixel] = value;
    }
  }
}
