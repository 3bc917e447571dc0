// What the adapter computes when memory does not matter: chains of vec4 multiply-adds in registers, 64 operations an invocation and round.
// y [invocations] f32 takes the sums, so that nothing is dropped. Two chains, four rounds unrolled: measured best over both software adapters
// (lavapipe 50 GFLOP/s against 37 with eight chains, which spill; SwiftShader 38 against 13).

override workgroup_size: u32 = 64;
override rounds: u32 = 256;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * workgroup_size + id.x;
  let m = vec4f(0.999 + f32(i & 7u) * 1e-5);
  let c = vec4f(f32(i & 3u) * 1e-4);
  var a = vec4f(f32(i));
  var b = a + 1.0;
  for (var r = 0u; r < rounds; r++) {
    a = fma(a, m, c); b = fma(b, m, c);
    a = fma(a, m, c); b = fma(b, m, c);
    a = fma(a, m, c); b = fma(b, m, c);
    a = fma(a, m, c); b = fma(b, m, c);
  }
  let s = a + b;
  y[i] = s.x + s.y + s.z + s.w;
}
