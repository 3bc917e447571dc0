import { Draws } from '../../draws.js';
import type { ImageSize } from '../../family.js';
import { parseWith } from '../../schema.js';
import { FIRST_JITTER as GARMENT_JITTER } from '../garments/family.js';
import { MAX_POINTS as GARMENT_POINTS } from '../garments/part.js';
import { garmentsSchema } from '../garments/recipe.js';
import { garmentsTwin } from '../garments/twin.js';
import { FIRST_JITTER } from '../strokes/family.js';
import { MAX_POINTS } from '../strokes/glyph.js';
import { strokesSchema } from '../strokes/recipe.js';
import { strokesTwin } from '../strokes/twin.js';

/** Classes of either table of base images. */
export const BASE_CLASSES = 10;
const limit = { label: 1, image: Math.max(FIRST_JITTER + 2 * MAX_POINTS, GARMENT_JITTER + 2 * GARMENT_POINTS) };
const white = { red: 1, green: 1, blue: 1 };
const upright = { form: 0, modeA: 0, modeB: 0, modeC: 0, aspect: 1, rotation: 0, jitter: 0, scale: 1, shiftX: 0, shiftY: 0, ...white };
const digit = {
  ...upright,
  ...{ slant: 0.1, thickness: 2.4, softness: 1.2, pressure: 0, warp: 0, warpPhaseX: 0, warpPhaseY: 0, pressurePhase: 0, ink: 1 },
  ...{ balance: 0, taper: 0, roughness: 0, grain: 0, tension: 0 },
};
const garment = {
  ...upright,
  ...{ softness: 1.2, brightness: 0.85, tone: 0, shade: 0.15, folds: 0, grain: 0, noise: 0, pattern: 0, frequency: 0.2, strength: 0 },
};

const rendered = new Map<string, Float32Array<ArrayBuffer>>();

/**
 * The base images [10, C·H·W] of a name: the plain form of each class of family `strokes` or `garments`, drawn on the CPU by its twin with
 * neutral parameters. Once a size: some thousandths of a second at 28 pixels, seconds at 256.
 */
export function baseImages(base: 'digits' | 'garments', image: ImageSize): Float32Array<ArrayBuffer> {
  const key = `${base} ${image.height} ${image.width} ${image.channels}`;
  const known = rendered.get(key);
  if (known) return known;
  // Nothing of it is seen: every jitter is zero.
  const draws = new Draws(0, 0, 0, limit);
  const size = image.height * image.width * image.channels;
  const table = new Float32Array(BASE_CLASSES * size);
  for (let c = 0; c < BASE_CLASSES; c++) {
    const picture =
      base === 'digits'
        ? strokesTwin(parseWith(strokesSchema, { family: 'strokes', image }), draws, { ...digit, class: c })
        : garmentsTwin(parseWith(garmentsSchema, { family: 'garments', image }), draws, { ...garment, class: c });
    table.set(picture.image, c * size);
  }
  rendered.set(key, table);
  return table;
}
