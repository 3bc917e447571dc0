import { density, type Hinge, hinge } from './normal.js';
import { type Keep, keptInterval, marginWhere, type Saddle, solvePerfect } from './perfect.js';
import { aroundStep, eachNode } from './quadrature.js';

/** What one setting fixes. v = T·x > 0 by symmetry; the probe's field is z = v·cos θ + t·sin θ, with t ~ N(0,1) beside v. */
interface Setting {
  /** Kept examples by dimension, f·α_tot. */
  readonly alpha: number;
  readonly fraction: number;
  readonly interval: readonly [number, number];
  readonly theta: number;
}

/**
 * The student's part in the plane of teacher and probe has length cos η and lies at angle ψ from the teacher towards the probe, so that
 * R = cos η·cos ψ; the rest of it, sin η, meets noise only.
 */
interface Terms {
  value: number;
  byKappa: number;
  byEta: number;
  byPsi: number;
  /** Second derivatives: κκ is not needed. */
  kappaEta: number;
  kappaPsi: number;
  etaEta: number;
  etaPsi: number;
  psiPsi: number;
}

const noTerms = (): Terms => ({
  ...{ value: 0, byKappa: 0, byEta: 0, byPsi: 0 },
  ...{ kappaEta: 0, kappaPsi: 0, etaEta: 0, etaPsi: 0, psiPsi: 0 },
});

/** Beyond this a normal field has 1e-19 of its mass: far below what the tolerance of 1e-4 sees, also of the smallest share kept. */
const REACH = 9;

/** The stretches of t for which |z| is kept at a given v. */
function keptStretches({ interval: [low, high], theta }: Setting, v: number): [number, number][] {
  const [c, s] = [Math.cos(theta), Math.sin(theta)];
  const at = (z: number): number => (z - v * c) / s;
  if (low > 0) {
    return [
      [-REACH, Math.min(REACH, at(-low))],
      [Math.max(-REACH, at(low)), REACH],
    ];
  }
  return [[Math.max(-REACH, at(-high)), Math.min(REACH, at(high))]];
}

/**
 * F(η, ψ, κ) = α·E[M(κ − cos η·(v·cos ψ + t·sin ψ), sin η)] − sin² η over what is kept, and its first and second derivatives. Of a hinge's second moment M(a, s):
 * M_a = 2E[(a + st)₊], M_s = 2sΦ, M_aa = 2Φ, M_as = 2φ, M_ss = 2(Φ − (a/s)φ), Φ and φ at a/s.
 */
function terms(setting: Setting, eta: number, psi: number, kappa: number, out: Terms): void {
  const { alpha, fraction, interval, theta } = setting;
  const [r, s] = [Math.cos(eta), Math.sin(eta)];
  const [cp, sp] = [Math.cos(psi), Math.sin(psi)];
  const [ct, st] = [Math.cos(theta), Math.sin(theta)];
  const moments: Hinge = { share: 0, first: 0, second: 0 };
  let [value, byKappa, byEta, byPsi] = [0, 0, 0, 0];
  let [kappaEta, kappaPsi, etaEta, etaPsi, psiPsi] = [0, 0, 0, 0, 0];
  const edge = interval[0] > 0 ? interval[0] : interval[1];
  const cuts = Number.isFinite(edge) ? aroundStep(edge / Math.abs(ct || 1), st / Math.abs(ct || 1)) : [];
  eachNode(0, REACH, [...cuts, ...aroundStep(kappa / (r * cp), s / (r * cp))], 1.5, (v, outer) => {
    const weightV = (outer * 2 * density(v)) / fraction;
    if (weightV < 1e-18) return;
    const bends = Math.abs(sp) * r > 1e-9 ? aroundStep((kappa / r - v * cp) / sp, s / (r * Math.abs(sp))) : [];
    for (const [low, high] of keptStretches(setting, v)) {
      eachNode(low, high, bends, 2, (t, inner) => {
        const w = weightV * inner * density(t);
        if (w < 1e-20) return;
        const field = v * cp + t * sp;
        const a = kappa - r * field;
        hinge(a, s, moments);
        const { share, first, second } = moments;
        // φ(a/s), from E[(a + st)₊] = aΦ + sφ; where that cancels, φ is too small to count.
        const pdf = (first - a * share) / s;
        const [aEta, aPsi] = [s * field, -r * (t * cp - v * sp)];
        value += w * second;
        byKappa += w * first;
        byEta += w * (first * aEta + s * share * r);
        byPsi += w * first * aPsi;
        kappaEta += w * (share * aEta + pdf * r);
        kappaPsi += w * share * aPsi;
        etaEta += w * (share * aEta * aEta + 2 * pdf * aEta * r + (share - (a / s) * pdf) * r * r + first * r * field - s * s * share);
        etaPsi += w * (share * aEta * aPsi + pdf * aPsi * r - (first * s * aPsi) / r);
        psiPsi += w * (share * aPsi * aPsi + first * r * field);
      });
    }
  });
  const double = 2 * alpha;
  out.value = alpha * value - s * s;
  out.byKappa = double * byKappa;
  out.byEta = double * byEta - 2 * s * r;
  out.byPsi = double * byPsi;
  out.kappaEta = double * kappaEta;
  out.kappaPsi = double * kappaPsi;
  out.etaEta = double * etaEta - 2 * (r * r - s * s);
  out.etaPsi = double * etaPsi;
  out.psiPsi = double * psiPsi;
}

/** Below this angle of the probe the kept interval's soft edge is narrower than what the tolerance of 1e-4 sees: the probe counts as perfect. */
const PERFECT = 1e-7;
const ITERATIONS = 200;
const TOLERANCE = 1e-9;

export interface ImperfectSaddle extends Saddle {
  /** Overlap of student and probe. */
  readonly rho: number;
}

/** A place of the search: κ over (u = log η, ψ). */
interface Place {
  readonly kappa: number;
  readonly u: number;
  readonly psi: number;
}

/** Newton steps before the climb takes over: some six are usual. */
const STEPS = 40;

/**
 * The peak of κ: F = 0 with F_η = F_ψ = 0, by Newton's method in (κ, u, ψ) with steps of bounded length. The problem is convex, so that there is one such place.
 * Undefined where it does not settle.
 */
function newton(setting: Setting, start: Place): Place | undefined {
  const out = noTerms();
  let { kappa, u, psi } = start;
  for (let i = 0; i < STEPS; i++) {
    const eta = Math.exp(u);
    terms(setting, eta, psi, kappa, out);
    if (!(out.byKappa > 0)) return undefined;
    // Rows: F, F_η·η, F_ψ; columns: κ, u, ψ. The first row gives dκ = −(F + F_u du + F_ψ dψ)/F_κ; what is left is 2 × 2.
    const [fu, fp] = [out.byEta * eta, out.byPsi];
    const [ku, kp] = [out.kappaEta * eta, out.kappaPsi];
    const [uu, up, pp] = [out.etaEta * eta * eta + fu, out.etaPsi * eta, out.psiPsi];
    const back = -out.value / out.byKappa;
    const [a, b, c, d] = [
      uu - (ku * fu) / out.byKappa,
      up - (ku * fp) / out.byKappa,
      up - (kp * fu) / out.byKappa,
      pp - (kp * fp) / out.byKappa,
    ];
    const [right, below] = [-fu - ku * back, -fp - kp * back];
    const determinant = a * d - b * c;
    // Elsewhere Newton would look for a saddle or a trough.
    if (!(a > 0 && determinant > 0)) return undefined;
    let [du, dp] = [(right * d - b * below) / determinant, (a * below - c * right) / determinant];
    const longest = Math.max(Math.abs(du) / 0.7, Math.abs(dp) / 0.3, 1);
    [du, dp] = [du / longest, dp / longest];
    const dk = back - (fu * du + fp * dp) / out.byKappa;
    kappa += dk;
    u = Math.min(u + du, Math.log(Math.PI / 2 - 1e-6));
    psi += dp;
    if (!Number.isFinite(kappa + u + psi) || Math.abs(psi) > Math.PI / 2 - 1e-6) return undefined;
    if (longest === 1 && Math.abs(dk) < TOLERANCE * Math.max(Math.abs(kappa), 1e-3) && Math.hypot(du, dp) < TOLERANCE)
      return { kappa, u, psi };
  }
  return undefined;
}

/** The same from where the peak lies with half as many examples, or half of those: with few the peak is broad. @param depth halvings at most */
function fromFewer(setting: Setting, depth: number): Place | undefined {
  const fewer = { ...setting, alpha: setting.alpha / 2 };
  const start = newton(fewer, { kappa: 1, u: Math.log(1), psi: 0 }) ?? (depth > 0 ? fromFewer(fewer, depth - 1) : undefined);
  return start && newton(setting, start);
}

/** The same from anywhere: Newton's method on the gradient of κ(u, ψ), κ solved for at each place, differences for the second derivatives, and steps that must rise. */
function climbFrom(setting: Setting, start: Place): Place {
  const out = noTerms();
  let guess = start.kappa;
  /** κ and its gradient over (u = log η, ψ): dκ/dx = −F_x/F_κ. */
  const climb = (u: number, psi: number): Place => {
    const eta = Math.exp(u);
    const kappa = marginWhere((at) => {
      terms(setting, eta, psi, at, out);
      return out;
    }, guess);
    terms(setting, eta, psi, kappa, out);
    guess = kappa;
    return { kappa, u: (-out.byEta * eta) / out.byKappa, psi: -out.byPsi / out.byKappa };
  };
  let { u, psi } = start;
  let here = climb(u, psi);
  const h = 1e-4;
  for (let i = 0; i < ITERATIONS; i++) {
    if (Math.hypot(here.u, here.psi) < TOLERANCE * Math.max(here.kappa, 1e-3)) break;
    const [right, left, up, down] = [climb(u + h, psi), climb(u - h, psi), climb(u, psi + h), climb(u, psi - h)];
    const uu = (right.u - left.u) / (2 * h);
    const pp = (up.psi - down.psi) / (2 * h);
    const mixed = (up.u - down.u + right.psi - left.psi) / (4 * h);
    const determinant = uu * pp - mixed * mixed;
    // Where the surface is not bowed downwards yet, the gradient alone leads.
    const bowed = uu < 0 && determinant > 0;
    let [du, dp] = bowed
      ? [-(pp * here.u - mixed * here.psi) / determinant, -(uu * here.psi - mixed * here.u) / determinant]
      : [here.u / Math.abs(uu || 1), here.psi / Math.abs(pp || 1)];
    const longest = Math.max(Math.abs(du) / 0.7, Math.abs(dp) / 0.3, 1);
    [du, dp] = [du / longest, dp / longest];
    let next = here;
    let shrink = 1;
    for (; shrink > 1e-6; shrink /= 2) {
      const [nu, np] = [Math.min(u + du * shrink, Math.log(Math.PI / 2 - 1e-6)), psi + dp * shrink];
      if (Math.abs(np) < Math.PI / 2 - 1e-6) {
        next = climb(nu, np);
        if (next.kappa >= here.kappa - 1e-13) {
          [u, psi] = [nu, np];
          break;
        }
      }
    }
    if (shrink <= 1e-6) break;
    here = next;
  }
  return { kappa: here.kappa, u, psi };
}

/**
 * Largest margin of a student trained on what a probe at angle θ to the teacher keeps: κ as a function of (log η, ψ) has one peak, as the problem is convex.
 * Equal to equations (1)–(3) of Sorscher et al. (2022), which are the conditions for that peak in other variables.
 */
export function solveImperfect(alphaTotal: number, fraction: number, keep: Exclude<Keep, 'random'>, theta: number): ImperfectSaddle {
  const setting: Setting = { alpha: alphaTotal * fraction, fraction, interval: keptInterval(keep, fraction), theta };
  const perfect = solvePerfect(alphaTotal, fraction, keep);
  if (theta < PERFECT) return { ...perfect, rho: Math.cos(perfect.angle) };
  const start = { kappa: perfect.kappa, u: Math.log(Math.min(perfect.angle + 0.05, 1.5)), psi: 0 };
  const { kappa, u, psi } = newton(setting, start) ?? fromFewer(setting, 8) ?? climbFrom(setting, start);
  const [r, eta] = [Math.cos(Math.exp(u)), Math.exp(u)];
  // arccos(cos η·cos ψ) loses half the digits near 0; the half-angle form keeps them.
  const half = Math.sqrt(Math.sin(eta / 2) ** 2 + Math.cos(eta) * Math.sin(psi / 2) ** 2);
  return { angle: 2 * Math.asin(Math.min(1, half)), kappa, rho: r * Math.cos(psi - theta) };
}
