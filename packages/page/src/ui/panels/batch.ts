import type { BatchShown } from '../../protocol.js';
import { byId, h, setText } from '../dom.js';
import { plural } from '../format.js';

const WAYS: Readonly<Record<BatchShown['way'], string>> = {
  gpu: 'Drawn from the buffer that the network reads; not one pixel comes back to the page.',
  readback: 'This browser cannot draw from that buffer, so these pixels, and no others, come back to be shown.',
};

const LEDGER_READBACK = 'Here it holds also the pixels of the batch that is shown.';

const canvas = (): HTMLCanvasElement => byId<HTMLCanvasElement>('tiles');

/** The canvas that the worker draws the batch into: made once, and handed over. */
export function batchCanvas(): OffscreenCanvas {
  const element = h('canvas', { id: 'tiles', width: 224, height: 224, role: 'img', 'aria-label': 'No batch yet' });
  byId('batch-frame').replaceChildren(element);
  return element.transferControlToOffscreen();
}

/** Which images the canvas shows from now on. */
export function showBatch({ phase, columns, rows, width, height, source: made, way }: BatchShown): void {
  // The shipped part has a name of its own; here it is the only real data.
  const source = made.replace(/^mnist-part/, 'MNIST');
  const text = `${plural(columns * rows, 'image')} of ${width} by ${height} pixels: ${source}`;
  canvas().setAttribute('aria-label', `The batch of ${phase === 'warmup' ? 'the warm-up' : 'training on real images'}: ${text}`);
  canvas().style.aspectRatio = `${columns * (width + 1) - 1} / ${rows * (height + 1) - 1}`;
  byId('batch-frame').classList.add('live');
  setText(byId('batch-note'), `${phase === 'warmup' ? 'Warm-up' : 'Real images'}: ${source}. ${WAYS[way]}`);
  if (way === 'readback') setText(byId('ledger-readback'), LEDGER_READBACK);
}
