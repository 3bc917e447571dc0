// x [count] f32 = source [count]. An invocation owns every (workgroup_size·workgroups)-th value.

override workgroup_size = 64u;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.count; i += workgroup_size * groups.x) {
    x[i] = source[i];
  }
}
