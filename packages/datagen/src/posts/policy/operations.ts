import type { ImageSize } from '../../family.js';
import { lookUp } from '../warp/twin.js';

/** The operations in the order of their numbers; the last only for three channels. */
export const OPERATIONS = [
  'identity',
  'shear-x',
  'shear-y',
  'translate-x',
  'translate-y',
  'rotate',
  'brightness',
  'contrast',
  'sharpness',
  'posterize',
  'solarize',
  'autocontrast',
  'equalize',
  'colour',
] as const;

/** How far magnitude 30 goes: shear, move (share of the side), turn, change of contrast and the like, and the bits that posterize leaves. */
export interface Space {
  readonly shear: number;
  readonly shift: number;
  readonly turns: number;
  readonly enhance: number;
  readonly leastBits: number;
}

/** RandAugment's ranges, and the wide ones of TrivialAugment. */
export const SPACES: Readonly<Record<'standard' | 'wide', Space>> = {
  standard: { shear: 0.3, shift: 0.45, turns: 30 / 360, enhance: 0.9, leastBits: 4 },
  wide: { shear: 0.99, shift: 0.45, turns: 135 / 360, enhance: 0.99, leastBits: 2 },
};

const clip = (value: number): number => Math.min(1, Math.max(0, value));
const byteOf = (value: number): number => Math.floor(clip(value) * 255 + 0.5);

/** What equalising does to the 256 values of a channel; undefined where it has too few. */
function equaliser(bytes: readonly number[]): number[] | undefined {
  const counts = Array.from({ length: 256 }, () => 0);
  for (const byte of bytes) counts[byte]!++;
  const step = Math.floor((bytes.length - (counts.findLast((count) => count > 0) ?? 0)) / 255);
  if (step === 0) return undefined;
  let sum = Math.floor(step / 2);
  return counts.map((count) => {
    const value = Math.min(255, Math.floor(sum / step));
    sum += count;
    return value;
  });
}

/** One operation on one image, in f64. */
export function operate(
  pixels: ArrayLike<number>,
  size: ImageSize,
  space: Space,
  operation: number,
  magnitude: number,
  negative: boolean,
): Float32Array<ArrayBuffer> {
  const { height, width, channels } = size;
  const plane = height * width;
  const level = ((negative ? -1 : 1) * magnitude) / 30;
  const factor = 1 + space.enhance * level;
  const channel = (c: number): number[] => Array.from({ length: plane }, (_, i) => pixels[c * plane + i]!);
  const planes = Array.from({ length: channels }, (_, c) => channel(c));
  const name = OPERATIONS[operation]!;

  /** Looks at the image where the map sends a pixel's place, counted from the middle. */
  const seen = (map: (x: number, y: number) => readonly [number, number]): number[][] => {
    const look = lookUp(pixels, size, 'zeros');
    const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
    return planes.map((values, c) =>
      values.map((_, i) => {
        const [x, y] = map((i % width) - middleX, Math.floor(i / width) - middleY);
        return look(c, x + middleX, y + middleY);
      }),
    );
  };
  /** Away from `base` by the factor, or towards it. */
  const blend = (base: (c: number, i: number) => number): number[][] =>
    planes.map((values, c) => values.map((value, i) => clip(base(c, i) + factor * (value - base(c, i)))));
  const each = (change: (value: number, c: number) => number): number[][] =>
    planes.map((values, c) => values.map((value) => change(value, c)));

  const results = (): number[][] => {
    switch (name) {
      case 'identity':
        return planes;
      case 'shear-x':
        return seen((x, y) => [x + space.shear * level * y, y]);
      case 'shear-y':
        return seen((x, y) => [x, y + space.shear * level * x]);
      case 'translate-x':
        return seen((x, y) => [x + space.shift * level * width, y]);
      case 'translate-y':
        return seen((x, y) => [x, y + space.shift * level * height]);
      case 'rotate': {
        const angle = 2 * Math.PI * space.turns * level;
        return seen((x, y) => [Math.cos(angle) * x + Math.sin(angle) * y, Math.cos(angle) * y - Math.sin(angle) * x]);
      }
      case 'brightness':
        return blend(() => 0);
      case 'contrast': {
        const shares = channels === 3 ? [19595, 38470, 7471] : planes.map(() => 1);
        const greys = planes[0]!.map((_, i) => {
          const sum = shares.reduce((total, share, c) => total + share * byteOf(planes[c]![i]!), 0);
          return channels === 3 ? Math.floor((sum + 32768) / 65536) : Math.floor(sum / channels);
        });
        const mean = greys.reduce((sum, grey) => sum + grey, 0) / (255 * plane);
        return blend(() => mean);
      }
      case 'sharpness':
        return blend((c, i) => {
          const [x, y] = [i % width, Math.floor(i / width)];
          if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return planes[c]![i]!;
          const around = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => planes[c]![i + down * width + right]!));
          return (around.reduce((sum, value) => sum + value, 0) + 4 * planes[c]![i]!) / 13;
        });
      case 'posterize': {
        const dropped = Math.floor((2 * magnitude * (8 - space.leastBits) + 30) / 60);
        return each((value) => (dropped === 0 ? value : ((byteOf(value) >> dropped) << dropped) / 255));
      }
      case 'solarize': {
        const threshold = 256 - Math.floor((512 * magnitude + 30) / 60);
        return each((value) => (byteOf(value) >= threshold ? 1 - value : value));
      }
      case 'autocontrast': {
        const least = planes.map((values) => clip(values.reduce((a, b) => Math.min(a, b))));
        const most = planes.map((values) => clip(values.reduce((a, b) => Math.max(a, b))));
        return each((value, c) => (byteOf(most[c]!) > byteOf(least[c]!) ? clip((value - least[c]!) / (most[c]! - least[c]!)) : value));
      }
      case 'equalize': {
        const tables = planes.map((values) => equaliser(values.map(byteOf)));
        return each((value, c) => (tables[c] ? tables[c][byteOf(value)]! / 255 : value));
      }
      case 'colour':
        return blend((_, i) => 0.299 * planes[0]![i]! + 0.587 * planes[1]![i]! + 0.114 * planes[2]![i]!);
    }
  };
  return Float32Array.from(results().flat());
}
