// Elementary functions in f32, equally good on every adapter, which WGSL's own need not be; NaN, infinities and overflow as in C.
// Largest relative errors measured: exp 1.2e-7, log 8e-8, tanh 1.4e-7, sigmoid 2.1e-7, normal_cdf 9e-7 (below −1: 1.2e-7·x² more).
// Library: functions only. Source: Moshier's Cephes (expf, logf, tanhf, ndtrf), coefficients as published.

// By bits: software adapters fold x != x to false.
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

// A float that WGSL refuses as a constant: NaN or an infinity.
fn special(bits: u32) -> f32 { return bitcast<f32>(bits); }

// 2^n for n from -126 to 127.
fn power_of_two(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }

fn exp_f32(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let bounded = clamp(x, -120.0, 100.0);
  let n = round(bounded * 1.4426950408889634);
  // ln 2 in two parts: n times the first is exact.
  let r = (bounded - n * 0.693359375) + n * 2.12194440e-4;
  var p = 1.9875691500e-4 * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  let whole = i32(n);
  let half = whole / 2;
  return ((p * r * r + r) + 1.0) * power_of_two(half) * power_of_two(whole - half);
}

fn log_f32(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (is_nan(x)) { return x; }
  if ((bits & 0x7fffffffu) == 0u) { return special(0xff800000u); }
  if (bits >= 0x80000000u) { return special(0x7fc00000u); }
  if (bits == 0x7f800000u) { return x; }
  // A denormal by its integer, because some adapters flush it.
  let denormal = bits < 0x00800000u;
  let normal = select(bits, bitcast<u32>(f32(bits)), denormal);
  var exponent = i32(normal >> 23u) - 126 - select(0, 149, denormal);
  var m = bitcast<f32>((normal & 0x007fffffu) | 0x3f000000u);
  if (m < 0.70710678) { m += m; exponent -= 1; }
  m -= 1.0;
  let z = m * m;
  var p = 7.0376836292e-2 * m - 1.1514610310e-1;
  p = p * m + 1.1676998740e-1;
  p = p * m - 1.2420140846e-1;
  p = p * m + 1.4249322787e-1;
  p = p * m - 1.6668057665e-1;
  p = p * m + 2.0000714765e-1;
  p = p * m - 2.4999993993e-1;
  p = p * m + 3.3333331174e-1;
  let e = f32(exponent);
  return (m + (p * m * z - 2.12194440e-4 * e - 0.5 * z)) + 0.693359375 * e;
}

fn tanh_f32(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = abs(x);
  if (a >= 0.625) {
    let y = 1.0 - 2.0 / (exp_f32(2.0 * min(a, 20.0)) + 1.0);
    return select(y, -y, x < 0.0);
  }
  let z = x * x;
  var p = -5.70498872745e-3 * z + 2.06390887954e-2;
  p = p * z - 5.37397155531e-2;
  p = p * z + 1.33314422036e-1;
  p = p * z - 3.33332819422e-1;
  return p * z * x + x;
}

fn sigmoid_f32(x: f32) -> f32 {
  let e = exp_f32(-abs(x));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}

// 1 - erf(a) for a >= 1.
fn erfc_tail(a: f32) -> f32 {
  let q = 1.0 / a;
  let y = q * q;
  var p = 0.0;
  if (a < 2.0) {
    p = 2.326819970068386e-2 * y - 1.387039388740657e-1;
    p = p * y + 3.687424674597105e-1;
    p = p * y - 5.824733027278666e-1;
    p = p * y + 6.210004621745983e-1;
    p = p * y - 4.944515323274145e-1;
    p = p * y + 3.404879937665872e-1;
    p = p * y - 2.741127028184656e-1;
    p = p * y + 5.638259427386472e-1;
  } else {
    p = -1.047766399936249e+1 * y + 1.297719955372516e+1;
    p = p * y - 7.495518717768503;
    p = p * y + 2.921019019210786;
    p = p * y - 1.015265279202700;
    p = p * y + 4.218463358204948e-1;
    p = p * y - 2.820767439740514e-1;
    p = p * y + 5.641895067754075e-1;
  }
  return exp_f32(-a * a) * q * p;
}

// The standard normal distribution function, (1 + erf(x/√2)) / 2; the lower tail keeps its relative accuracy.
fn normal_cdf(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let u = x * 0.7071067811865476;
  let a = abs(u);
  if (a >= 1.0) {
    let tail = 0.5 * erfc_tail(a);
    return select(1.0 - tail, tail, u < 0.0);
  }
  let z = u * u;
  var p = 7.853861353153693e-5 * z - 8.010193625184903e-4;
  p = p * z + 5.188327685732524e-3;
  p = p * z - 2.685381193529856e-2;
  p = p * z + 1.128358514861418e-1;
  p = p * z - 3.761262582423300e-1;
  p = p * z + 1.128379165726710;
  return 0.5 + 0.5 * u * p;
}

// The standard normal density.
fn normal_density(x: f32) -> f32 { return 0.3989422804014327 * exp_f32(-0.5 * x * x); }

// 2·√(2/π)·(x + 0.044715·x³): gelu's tanh form is x·sigmoid of it; bounded, because x³ overflows where the result is settled.
fn gelu_argument(x: f32) -> f32 {
  let c = clamp(x, -30.0, 30.0);
  return 1.5957691216057308 * (c + 0.044715 * c * c * c);
}

// Derivative of gelu_argument.
fn gelu_argument_slope(x: f32) -> f32 {
  let c = clamp(x, -30.0, 30.0);
  return 1.5957691216057308 * (1.0 + 0.134145 * c * c);
}
