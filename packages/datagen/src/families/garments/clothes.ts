import { k, p } from '../strokes/glyph.js';
import { both, fill, type Garment, hole, made, patch, seam, symmetric } from './part.js';

// Clothes drawn by hand on a grid of hundredths; modes: a length of sleeves or legs, b width of the body, c neck, flare or hem.
// Shoes and bags stand in shoes.ts.

const shirtBody = (shoulder: number, hem: number, flare: number) => [
  p(50, 12, 0, 0, 0, 0, 0, 8),
  k(61, 4, 0, 0, 0, 0, 3, 0),
  k(shoulder, 10, 0, 0, 2, 0),
  k(73, 34, 0, 0, 3, 0),
  p(71, 66, 0, 0, 5, 0, -2, 0),
  k(73 + flare, hem, 0, 0, 5, 0, 3, 0),
  p(50, hem + 2),
];
const shortSleeve = fill(1, k(72, 7), k(80, 10, 0, 0, 2, 0), k(98, 36, 2, 10, 0, 0), k(86, 44, 0, 11, 0, 0), k(70, 30));
const longSleeve = fill(1, k(70, 6), p(80, 8), p(88, 34, 3, 0), k(98, 88, 5, 4), k(86, 93, 4, 4), p(76, 46, 2, 0), k(68, 32));

export const tShirt: readonly Garment[] = [
  made(
    4,
    fill(1, ...symmetric(...shirtBody(78, 96, 0))),
    ...both(shortSleeve),
    seam(1.2, 0.75, k(39, 5), p(50, 17, 0, 0, 0, 0, 0, 10), k(61, 5)),
  ),
  // Without sleeves.
  made(
    1.2,
    fill(
      1,
      ...symmetric(
        p(50, 22, 0, 0, 0, 0, 0, 8),
        p(58, 18),
        k(60, 3),
        k(68, 2, 2, 0),
        p(66, 26),
        k(74, 36, 0, 0, 3, 0),
        p(71, 66, 0, 0, 5, 0),
        k(74, 97, 0, 0, 5, 0, 3, 0),
        p(50, 99),
      ),
    ),
  ),
  // With a print on the chest.
  made(
    1.5,
    fill(1, ...symmetric(...shirtBody(78, 96, 0))),
    ...both(shortSleeve),
    patch(0.85, 0.6, ...symmetric(k(50, 34, 0, -4), p(64, 34, 0, 0, 3, 0), p(64, 60, 0, 6), k(50, 60, 0, 6))),
  ),
];

export const trouser: readonly Garment[] = [
  made(
    4,
    fill(
      1,
      ...symmetric(
        k(50, 1),
        k(63, 0, 0, 0, 3, 0),
        p(69, 22, 0, 0, 3, 0),
        p(68, 60, 0, 0, 2, 0),
        k(68, 100, 0, 0, 0, 0, 5, 0),
        k(55, 100, 0, 0, -1, 0, -2, 0),
        k(50.5, 32, 0, 4),
      ),
    ),
    seam(1, 0.8, k(37, 5), k(63, 5)),
  ),
  // Legs side by side with a line between.
  made(
    2,
    fill(1, ...symmetric(k(50, 0), k(62, 0, 0, 0, 3, 0), p(66, 30, 0, 0, 3, 0), k(64, 100, 0, 0, 2, 0, 4, 0), k(50, 100))),
    seam(1, 0.2, k(50, 34, 0, 6), k(50, 100)),
  ),
];

export const pullover: readonly Garment[] = [
  made(
    4,
    fill(1, ...symmetric(...shirtBody(78, 94, 2))),
    ...both(longSleeve),
    seam(1.4, 0.8, k(38, 5), p(50, 17, 0, 0, 0, 0, 0, 8), k(62, 5)),
    seam(1, 0.85, k(27, 90), k(73, 90)),
  ),
  // A hood or a high collar.
  made(
    1,
    fill(1, ...symmetric(...shirtBody(78, 94, 2))),
    ...both(longSleeve),
    fill(0.85, ...symmetric(p(50, -6, 0, -3), p(64, -4), k(66, 12), p(50, 18))),
  ),
];

export const dress: readonly Garment[] = [
  // Without sleeves; mode a the flare, b the width.
  made(
    3,
    fill(
      1,
      ...symmetric(
        p(50, 14, 0, 0, 0, 0, 0, 6),
        p(56, 12),
        k(57, 0),
        k(63, 0),
        p(61, 16),
        k(66, 24, 0, 0, 2, 0),
        p(61, 42, 0, 0, 3, 0),
        k(70, 100, 8, 0, 3, 0),
        p(50, 102),
      ),
    ),
  ),
  // Short sleeves.
  made(
    2,
    fill(
      1,
      ...symmetric(p(50, 8, 0, 0, 0, 0, 0, 6), k(58, 2), k(66, 4), k(64, 22), p(61, 42, 0, 0, 3, 0), k(69, 100, 8, 0, 3, 0), p(50, 102)),
    ),
    ...both(fill(1, k(60, 3), k(66, 4), k(77, 26, 2, 4, 0, 0), k(69, 30, 1, 4), k(62, 18))),
    seam(1.2, 0.75, k(37, 42), k(63, 42)),
  ),
  // Long sleeves.
  made(
    1.5,
    fill(
      1,
      ...symmetric(p(50, 8, 0, 0, 0, 0, 0, 4), k(58, 2), k(66, 4), k(64, 22), p(61, 44, 0, 0, 3, 0), k(67, 100, 6, 0, 3, 0), p(50, 102)),
    ),
    ...both(fill(0.95, k(60, 3), p(67, 4), p(72, 28, 2, 0), k(76, 60, 4, 4), k(69, 62, 3, 4), k(63, 22))),
  ),
];

const coatBody = [
  k(50, 10),
  k(61, 2),
  k(78, 9, 0, 0, 2, 0),
  k(74, 34, 0, 0, 3, 0),
  p(71, 64, 0, 0, 5, 0, -3, 0),
  k(76, 99, 0, 0, 5, 0, 4, 0),
  k(50, 100),
];

export const coat: readonly Garment[] = [
  // Open front, lapels.
  made(
    3,
    fill(1, ...symmetric(...coatBody)),
    ...both(longSleeve),
    ...both(patch(0.8, 0.2, k(50, 46, 0, 0, 0, 0, 0, 10), k(58, 3), k(68, 10), k(62, 24))),
    hole(...symmetric(k(50, 2), k(56, 2), k(50.5, 34, 0, 0, 0, 0, 0, 8))),
    seam(0.9, 0.25, k(50, 34), k(50, 100)),
  ),
  // Buttoned up, a standing collar, pockets.
  made(
    2,
    fill(1, ...symmetric(...coatBody)),
    ...both(longSleeve),
    patch(0.8, 0.15, ...symmetric(k(50, -3), k(60, -4), k(64, 9), k(50, 14))),
    seam(1.2, 0.4, k(50, 12), k(50, 100)),
    ...both(seam(1, 0.6, k(58, 66), k(69, 62))),
  ),
];

export const shirt: readonly Garment[] = [
  // A collar with two points, a row of buttons, long sleeves.
  made(
    3,
    fill(1, ...symmetric(...shirtBody(77, 98, 1))),
    ...both(longSleeve),
    ...both(patch(1.15, 0.1, k(50, 12), k(57, 1), k(64, 6), k(58, 20))),
    seam(0.8, 0.65, k(50, 14), k(50, 98)),
  ),
  // The same with short sleeves and a pocket.
  made(
    2,
    fill(1, ...symmetric(...shirtBody(77, 98, 1))),
    ...both(shortSleeve),
    ...both(patch(1.15, 0.1, k(50, 13), k(57, 1), k(63, 6), k(57, 20))),
    seam(0.8, 0.65, k(50, 14), k(50, 60, 0, 0, 0, 0, 0, 30)),
    seam(0.8, 0.7, k(57, 34), k(67, 34), k(67, 46), k(57, 46), k(57, 34)),
  ),
  // A blouse with sleeves to the elbow.
  made(
    2,
    fill(
      1,
      ...symmetric(
        p(50, 16, 0, 0, 0, 0, 0, 10),
        k(60, 3),
        k(76, 8, 0, 0, 2, 0),
        k(71, 34, 0, 0, 3, 0),
        p(70, 66, 0, 0, 5, 0),
        k(77, 96, 0, 0, 5, 0, 5, 0),
        p(50, 100),
      ),
    ),
    ...both(fill(1, k(70, 6), p(80, 8), p(90, 34, 3, 0), k(95, 60, 5, 8), k(82, 65, 4, 8), p(76, 46, 2, 0), k(69, 32))),
  ),
];
