// Copies the chosen rows: y[m,b,:] = x[m, chosen[m,b], :], rows of `row` words of 32 bits. x [M,n,row], chosen [M,keep] u32, y [M,keep,row].
// One workgroup owns a row (z = model), an invocation every workgroup_size-th word.

override workgroup_size = 64u;

struct Params { n: u32, keep: u32, row: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chosen: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = wid.y * groups.x + wid.x;
  if (b >= params.keep) {
    return;
  }
  let place = wid.z * params.keep + b;
  let from_row = (wid.z * params.n + chosen[place]) * params.row;
  for (var i = lane; i < params.row; i += workgroup_size) {
    y[place * params.row + i] = x[from_row + i];
  }
}
