import { density, type Hinge, hinge } from './normal.js';
import { FAR, type Keep, keptInterval, marginWhere, type Saddle, solvePerfect } from './perfect.js';
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
}

/** The stretches of t for which |z| is kept at a given v. */
function keptStretches({ interval: [low, high], theta }: Setting, v: number): [number, number][] {
  const [c, s] = [Math.cos(theta), Math.sin(theta)];
  const at = (z: number): number => (z - v * c) / s;
  if (low > 0) {
    return [
      [-FAR, Math.min(FAR, at(-low))],
      [Math.max(-FAR, at(low)), FAR],
    ];
  }
  return [[Math.max(-FAR, at(-high)), Math.min(FAR, at(high))]];
}

/** F(η, ψ, κ) = α·E[M(κ − cos η·(v·cos ψ + t·sin ψ), sin η)] − sin² η over what is kept, and its derivatives. */
function terms(setting: Setting, eta: number, psi: number, kappa: number, out: Terms): void {
  const { alpha, fraction, interval, theta } = setting;
  const [r, s] = [Math.cos(eta), Math.sin(eta)];
  const [cp, sp] = [Math.cos(psi), Math.sin(psi)];
  const [ct, st] = [Math.cos(theta), Math.sin(theta)];
  const moments: Hinge = { share: 0, first: 0, second: 0 };
  let [value, byKappa, byEta, byPsi] = [0, 0, 0, 0];
  const edge = interval[0] > 0 ? interval[0] : interval[1];
  const cuts = Number.isFinite(edge) ? aroundStep(edge / Math.abs(ct || 1), st / Math.abs(ct || 1)) : [];
  eachNode(0, FAR, [...cuts, ...aroundStep(kappa / (r * cp), s / (r * cp))], 1.5, (v, outer) => {
    const weightV = (outer * 2 * density(v)) / fraction;
    if (weightV < 1e-25) return;
    const bends = Math.abs(sp) * r > 1e-9 ? aroundStep((kappa / r - v * cp) / sp, s / (r * Math.abs(sp))) : [];
    for (const [low, high] of keptStretches(setting, v)) {
      eachNode(low, high, bends, 2, (t, inner) => {
        const w = weightV * inner * density(t);
        const field = v * cp + t * sp;
        hinge(kappa - r * field, s, moments);
        value += w * moments.second;
        byKappa += w * 2 * moments.first;
        byEta += w * (2 * moments.first * s * field + 2 * s * moments.share * r);
        byPsi -= w * 2 * moments.first * r * (t * cp - v * sp);
      });
    }
  });
  out.value = alpha * value - s * s;
  out.byKappa = alpha * byKappa;
  out.byEta = alpha * byEta - 2 * s * r;
  out.byPsi = alpha * byPsi;
}

/** Below this angle of the probe the kept interval's soft edge is narrower than what the tolerance of 1e-4 sees: the probe counts as perfect. */
const PERFECT = 1e-7;
const ITERATIONS = 200;
const TOLERANCE = 1e-9;

export interface ImperfectSaddle extends Saddle {
  /** Overlap of student and probe. */
  readonly rho: number;
}

/**
 * Largest margin of a student trained on what a probe at angle θ to the teacher keeps: κ as a function of (log η, ψ) has one peak, as the
 * problem is convex; climbed by Newton's method on its gradient, with differences for the second derivatives and steps that must rise.
 * Equal to equations (1)–(3) of Sorscher et al. (2022), which are this gradient in other variables.
 */
export function solveImperfect(alphaTotal: number, fraction: number, keep: Exclude<Keep, 'random'>, theta: number): ImperfectSaddle {
  const setting: Setting = { alpha: alphaTotal * fraction, fraction, interval: keptInterval(keep, fraction), theta };
  const start = solvePerfect(alphaTotal, fraction, keep);
  if (theta < PERFECT) return { ...start, rho: Math.cos(start.angle) };
  const out: Terms = { value: 0, byKappa: 0, byEta: 0, byPsi: 0 };
  let guess = start.kappa;
  /** κ and its gradient over (u = log η, ψ): dκ/dx = −F_x/F_κ. */
  const climb = (u: number, psi: number): { kappa: number; u: number; psi: number } => {
    const eta = Math.exp(u);
    const kappa = marginWhere((at) => {
      terms(setting, eta, psi, at, out);
      return out;
    }, guess);
    terms(setting, eta, psi, kappa, out);
    guess = kappa;
    return { kappa, u: (-out.byEta * eta) / out.byKappa, psi: -out.byPsi / out.byKappa };
  };
  let u = Math.log(Math.min(start.angle + 0.05, 1.5));
  let psi = 0;
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
  const [r, eta] = [Math.cos(Math.exp(u)), Math.exp(u)];
  // arccos(cos η·cos ψ) loses half the digits near 0; the half-angle form keeps them.
  const half = Math.sqrt(Math.sin(eta / 2) ** 2 + Math.cos(eta) * Math.sin(psi / 2) ** 2);
  return { angle: 2 * Math.asin(Math.min(1, half)), kappa: here.kappa, rho: r * Math.cos(psi - theta) };
}
