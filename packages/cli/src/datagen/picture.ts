import type { ImageSize } from '@kindling/datagen';
import { PNG } from 'pngjs';

/** A pixel in 0 .. 1 as a byte, rounded to the nearest; what lies outside is clamped. */
export const toByte = (value: number): number => Math.min(255, Math.max(0, Math.round(255 * value)));

/** An image of [C,H,W] as PNG, grey or RGB. Images of 2 or 4 channels have their planes side by side. `zoom`: output pixels a pixel. */
export function encodeImage(x: ArrayLike<number>, { height, width, channels }: ImageSize, zoom = 1): Buffer {
  const colours = channels === 3 ? 3 : 1;
  const planes = channels / colours;
  const [rows, columns] = [height * zoom, width * planes * zoom];
  const data = Buffer.alloc(rows * columns * colours);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const across = Math.floor(column / zoom);
      const pixel = Math.floor(row / zoom) * width + (across % width);
      const plane = Math.floor(across / width);
      for (let c = 0; c < colours; c++) data[(row * columns + column) * colours + c] = toByte(x[(plane + c) * height * width + pixel]!);
    }
  }
  const png = new PNG({ width: columns, height: rows });
  png.data = data;
  const type = colours === 3 ? 2 : 0;
  return PNG.sync.write(png, { colorType: type, inputColorType: type, inputHasAlpha: false, bitDepth: 8 });
}
