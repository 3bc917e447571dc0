// How fast the adapter reads and writes: y [n] vec4f = x [n]. One invocation owns every (workgroups·workgroup_size)-th vector.

override workgroup_size = 64u;

struct Params { n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let stride = groups.x * groups.y * workgroup_size;
  for (var i = (wid.y * groups.x + wid.x) * workgroup_size + lane; i < params.n; i += stride) {
    y[i] = x[i];
  }
}
