import { eight, nine } from './digits-high.js';
import { five, seven, six } from './digits-middle.js';
import { type Allograph, adapt, k, line, loop, p, way } from './glyph.js';

// How people write 0 to 4, drawn by hand on a grid of hundredths. A point's later pairs are its three modes: what varies together.
// The others stand in digits-middle.ts and digits-high.ts.

const zero: readonly Allograph[] = [
  // Pen down at the top; modes: where it starts and ends, an egg, how far the end runs inwards.
  way(
    4,
    line(
      p(60, 4, 16, 6, 0, 0, 6, 4),
      p(34, -4, 4, 0, -6, 0),
      p(12, 20, 0, 0, -8, 6),
      p(10, 64, 0, 0, 6, 8),
      p(28, 102, 0, 0, 10, 0),
      p(64, 102, 0, 0, 8, -6),
      p(90, 74, 0, 0, -8, 0),
      p(88, 28),
      p(70, -4, 0, 2, 4, 0, 0, 2),
      p(46, 6, -16, 6, 0, 0, -4, 12),
    ),
  ),
  way(
    3,
    loop(
      p(50, -3, 10, 0, 0, -2),
      p(20, 8, 6, 0, -8, 4),
      p(8, 48, -4, 0, -2, 8),
      p(20, 92, 0, 0, 8, 4),
      p(50, 103, -10, 0),
      p(80, 92, 0, 0, -8, 4, 6, 4),
      p(92, 50, 4, 0, 2, -8),
      p(80, 8, -6, 0, 8, -4, -6, 4),
    ),
  ),
  // The end crosses the start and leaves a tail; modes: its direction, how far.
  way(
    1,
    line(
      p(70, 14, 8, 8),
      p(44, -6),
      p(14, 16),
      p(8, 66, 0, 0, 4, 4),
      p(30, 104),
      p(66, 102),
      p(92, 70),
      p(84, 20),
      p(60, 2),
      p(34, 4, 0, 0, 0, -8, 6, 10),
      p(16, -2, 0, 0, -6, -10, 16, 22),
    ),
  ),
];

const one: readonly Allograph[] = [
  way(8, line(p(50, 0, 0, 0, 6, 0), p(50, 50, 8, 0, -4, 0), p(50, 100, 0, 0, 6, 0))),
  way(0.8, line(p(30, 22, -12, 8, 8, -8), k(52, 0), p(52, 50, 0, 0, 0, 0, 6, 0), p(52, 100))),
  way(0.6, line(p(28, 24, -10, 8, 10, -8), k(52, 0), p(52, 97)), line(p(22, 98, -14, 0, 8, 4), p(82, 98, 14, 0, -8, -4))),
  way(0.3, line(p(50, 0), p(50, 97)), line(p(24, 98, -14, 0, 8, 4), p(78, 98, 14, 0, -8, -4))),
];

const two: readonly Allograph[] = [
  // Sharp turn at the foot; modes: the foot's wave, the hook's depth, how far the body leans.
  way(
    4,
    line(
      p(16, 24, 0, 0, -4, 14),
      p(26, -6, 0, 0, -4, 6, 6, 0),
      p(76, -8, 0, 0, 4, 0, 6, 0),
      p(86, 34, 0, 0, -4, 4, 8, 0),
      p(54, 66, 0, 0, 0, 0, 6, 6),
      k(14, 97, 0, 0, 0, 0, -10, 0),
      p(50, 96, 0, -14),
      p(92, 97, 4, 12, 8, 0, -18, 0),
    ),
  ),
  // A loop at the foot; modes: its size, the tail, the hook.
  way(
    4,
    line(
      p(18, 22, 0, 0, 0, 0, -2, 14),
      p(32, -6),
      p(78, -8),
      p(86, 36, 0, 0, 6, 0),
      p(62, 66, 2, 0),
      p(36, 98, 0, 4),
      p(8, 104, -4, 4),
      p(0, 82, -6, -12),
      p(24, 66, 0, -18),
      p(50, 84, 6, -4),
      p(70, 102, 4, 0, 0, 8),
      p(98, 90, 0, 0, 8, -16),
    ),
  ),
  // A flat top, as a Z.
  way(
    0.6,
    line(
      p(14, 10, 0, 0, 0, 8),
      p(34, 0),
      p(70, 0, 8, -4),
      k(80, 8, 4, 6),
      p(46, 52, 0, 0, 8, 6),
      k(12, 98),
      p(50, 97, 0, 0, 0, -8),
      p(90, 97, 0, 0, 0, 8),
    ),
  ),
  // The hook curls in, a loop at the foot.
  way(
    1.2,
    line(
      p(42, 34, -4, 4, 0, 0, -8, 6),
      p(14, 36, 0, 0, 0, 0, 4, 4),
      p(12, -2),
      p(70, -12),
      p(90, 28, 4, 4),
      p(60, 72),
      p(32, 98, 0, 4),
      p(8, 102, -4, 2),
      p(4, 80, -4, -6),
      p(28, 72, 0, -8),
      p(58, 92),
      p(96, 94, 0, 0, 6, -12),
    ),
  ),
  // A round back that runs into a wavy foot without a turn.
  way(
    1.2,
    line(
      p(14, 30, 0, 0, 0, 10),
      p(16, -2),
      p(70, -12),
      p(84, 26, 6, 4),
      p(60, 64, 6, 4),
      p(14, 88, -4, 4),
      k(10, 98, -4, 0),
      p(44, 88, 0, 0, 0, -8),
      p(70, 104, 0, 0, 0, 6),
      p(96, 92, 0, 0, 6, -10),
    ),
  ),
];

const three: readonly Allograph[] = [
  // Modes: depth of the waist, size of the upper bow, the tail.
  way(
    4,
    line(
      p(18, 14, 0, 0, 0, 0, -4, 12),
      p(36, -7, 0, 0, 4, 0),
      p(86, -7, 0, 0, -10, 0),
      p(86, 38, 0, 0, -10, -6),
      k(46, 46, 18, 0, 0, -6),
      p(90, 44, 0, 0, 6, -4),
      p(96, 98, 0, 0, 8, 0),
      p(44, 110, 0, 0, 0, 0, 0, -4),
      p(12, 84, 0, 0, 0, 0, 6, -16),
    ),
  ),
  // A small loop in the waist.
  way(
    1.6,
    line(
      p(20, 14, 0, 0, 0, 0, -4, 12),
      p(38, -7),
      p(86, -6, 0, 0, -8, 0),
      p(80, 38, 0, 0, -10, -6),
      p(46, 58, -10, 4),
      p(30, 46, -8, 0),
      p(52, 38, 0, -4),
      p(96, 46),
      p(96, 98, 0, 0, 8, 0),
      p(44, 110),
      p(12, 86, 0, 0, 0, 0, 6, -14),
    ),
  ),
  // A flat top and a sharp upper turn.
  way(1, line(p(16, 4, 0, 0, 0, 6), k(80, 2, 6, 0), k(44, 40, 10, 2), p(94, 42), p(96, 102), p(42, 108), p(12, 88, 0, 0, 0, 0, 4, -12))),
  // A shallow waist and a short tail.
  way(
    1.3,
    line(
      p(20, 10, 0, 0, 0, 0, -4, 8),
      p(52, -8),
      p(92, 2, 0, 0, -6, 0),
      p(68, 34, 8, 0),
      k(54, 42, 14, 0),
      p(84, 54, 0, 0, 4, 0),
      p(76, 94, 6, 0),
      p(38, 108, 0, 0, 0, 0, 16, -8),
    ),
  ),
  // A smooth waist: two bows in one line.
  way(
    1,
    line(
      p(16, 12, 0, 0, 0, 0, 0, 8),
      p(40, -8),
      p(84, 0, 0, 0, -8, 0),
      p(76, 36, -6, 0),
      p(56, 46, -8, 0),
      p(84, 56, -4, 0),
      p(94, 86, 0, 0, 6, 0),
      p(60, 108),
      p(10, 98, 0, 0, 0, 0, 4, -12),
    ),
  ),
];

const four: readonly Allograph[] = [
  // Open: an L and a long stroke; modes: lean of the left arm, length of the bar, height of the right arm.
  way(
    4,
    line(p(26, 2, 14, 0, 0, 0, 0, -6), k(16, 56, -6, 2, 0, 6), p(54, 57, 0, 0, 0, 0), p(92, 52, 2, 0, 10, 6)),
    line(p(72, 10, 0, 0, -4, 0, 4, 26), p(70, 50), p(64, 100, -6, 0, 0, 0, 0, 6)),
  ),
  // Rounded: a bowl and a long stroke, like an open 9.
  way(
    2.5,
    line(p(22, 4, 10, 0, 0, -4), p(12, 52, -2, 8), p(46, 64, 0, 6), p(78, 46, 0, 0, 0, 6), p(84, 14, 0, 0, 0, 12)),
    line(p(82, 6, 4, 0, 0, 14), p(78, 52, 0, 0, 0, 0, 6, 0), p(72, 100, -8, 0, 0, 0, -4, 4)),
  ),
  // Closed.
  way(1.6, line(k(64, 0, 6, 0), k(10, 64, -4, 6), p(94, 64, 6, -6)), line(p(66, -2, 0, 10), p(64, 100, -4, 0, 8, 0))),
  // One line: down, across, back up and down.
  way(1, line(p(30, 2, 10, 0), p(14, 56, 0, 6), p(40, 64), p(74, 40), k(80, 2, 0, 14), p(70, 100, -8, 0, 8, 0))),
  // A wide V for the left arm, its bar cut short at the stem.
  way(
    1,
    line(p(14, 6, 8, -6), k(22, 54, 0, 6), p(72, 46, 0, 0, 4, -6)),
    line(p(80, 2, 0, 8, 0, -4), p(72, 50, 0, 0, 0, 0, 4, 0), p(62, 100, -8, 0)),
  ),
];

/** The ways of writing the digits 0 to 9, with each digit's usual width, lean and pen. */
export const DIGITS: readonly (readonly Allograph[])[] = [
  adapt(1.02, 0.08, 1.1, zero),
  adapt(1, 0.1, 1.2, one),
  adapt(1, -0.04, 0.98, two),
  adapt(1, -0.02, 0.96, three),
  adapt(1, 0.06, 0.96, four),
  adapt(1.1, 0.06, 0.92, five),
  adapt(0.88, -0.06, 0.98, six),
  adapt(0.95, -0.14, 1.04, seven),
  adapt(1, 0.03, 0.92, eight),
  adapt(0.88, 0, 0.94, nine),
];
