// Library: nine taps of a 3×3 filter on a patch in registers, for the variants of conv_relu_pool that exchange weights by quad swaps.
// On SwiftShader a load is some 110 instructions, a broadcast 20, a swap one: so few loads, and swaps.
// A sum is one expression that begins with it, component by component: SwiftShader then keeps it in a register over all nine terms.

enable subgroups;

// Nine taps, row by row, of the four filters that the lanes of a quad have loaded: component q is that of lane q ^ own lane.
alias Filters = array<vec4f, 9>;

// v of the own lane, of its neighbour in the row of the quad, in the column, and of the one across: lane q ^ own lane for q = 0..3.
fn swapped(v: f32) -> vec4f {
  return vec4f(v, quadSwapX(v), quadSwapY(v), quadSwapDiagonal(v));
}

fn nine(sum: f32, p0: vec3f, p1: vec3f, p2: vec3f, w0: vec3f, w1: vec3f, w2: vec3f) -> f32 {
  return sum + p0.x * w0.x + p0.y * w0.y + p0.z * w0.z + p1.x * w1.x + p1.y * w1.y + p1.z * w1.z + p2.x * w2.x + p2.y * w2.y + p2.z * w2.z;
}

// Adds the products of rows p0, p1, p2 of a patch with the four filters.
fn taps(sum: vec4f, p0: vec3f, p1: vec3f, p2: vec3f, f: Filters) -> vec4f {
  return vec4f(
    nine(sum.x, p0, p1, p2, vec3f(f[0].x, f[1].x, f[2].x), vec3f(f[3].x, f[4].x, f[5].x), vec3f(f[6].x, f[7].x, f[8].x)),
    nine(sum.y, p0, p1, p2, vec3f(f[0].y, f[1].y, f[2].y), vec3f(f[3].y, f[4].y, f[5].y), vec3f(f[6].y, f[7].y, f[8].y)),
    nine(sum.z, p0, p1, p2, vec3f(f[0].z, f[1].z, f[2].z), vec3f(f[3].z, f[4].z, f[5].z), vec3f(f[6].z, f[7].z, f[8].z)),
    nine(sum.w, p0, p1, p2, vec3f(f[0].w, f[1].w, f[2].w), vec3f(f[3].w, f[4].w, f[5].w), vec3f(f[6].w, f[7].w, f[8].w)),
  );
}
