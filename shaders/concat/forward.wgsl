// concat: y[o] = a[o] then b[o], where the axis and those after it make a row of a_row (b_row) elements, and o counts the rows.
// a [M,o,a_row], b [M,o,b_row], y [M,o,a_row + b_row]. One invocation owns one y.

struct Params { size: u32, a_row: u32, b_row: u32, a_model: u32, b_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let row = i / (g.a_row + g.b_row);
  let column = i % (g.a_row + g.b_row);
  if (column < g.a_row) {
    y[wid.z * g.y_model + i] = a[wid.z * g.a_model + row * g.a_row + column];
  } else {
    y[wid.z * g.y_model + i] = b[wid.z * g.b_model + row * g.b_row + column - g.a_row];
  }
}
