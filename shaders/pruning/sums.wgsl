// Sums and minima over the invocations of a workgroup, in a fixed order: a tree, so that the same workgroup size gives the same bits.
// Library: functions only; every invocation of the workgroup must call them, and all get the same result. workgroup_size: a power of two.

override workgroup_size = 64u;

var<workgroup> partial_sums: array<vec4f, workgroup_size>;

fn workgroup_sum(lane: u32, value: vec4f) -> vec4f {
  workgroupBarrier();
  partial_sums[lane] = value;
  for (var half = workgroup_size / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial_sums[lane] += partial_sums[lane + half];
    }
  }
  return workgroupUniformLoad(&partial_sums[0]);
}

fn workgroup_min(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  partial_sums[lane] = vec4f(value);
  for (var half = workgroup_size / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial_sums[lane] = min(partial_sums[lane], partial_sums[lane + half]);
    }
  }
  return workgroupUniformLoad(&partial_sums[0]).x;
}
