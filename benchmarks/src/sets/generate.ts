import { families } from '@kindling/datagen';
import { type Case, generationCases, sizeText } from '../generate/cases.js';
import { type Format, imageBuffers, openGeneration } from '../generate/kindling.js';
import type { Host } from '../host.js';
import type { Bench } from '../suite/bench.js';
import { problem } from '../workload.js';

/** Images a dispatch: as trained on where a software adapter runs it, enough to fill a GPU elsewhere. */
const batchOf = (host: Host): number => (host.info.software ? problem.batch : 4096);

const bench = ({ name, input, image }: Case, format: Format): Bench => ({
  set: 'generate',
  name: `${name} ${sizeText(image)} ${format}`,
  async open(host) {
    const batch = batchOf(host);
    const values = batch * image.height * image.width * image.channels;
    const images = imageBuffers(host, values);
    const body = await openGeneration(host, images, input, batch, format);
    return {
      run: (times) => body.run(times),
      begin: (round) => body.begin?.(round),
      facts: { images: batch, bytes: values * (format === 'f32' ? 4 : 1) },
      work: { amount: batch, unit: 'image' },
      destroy() {
        body.destroy();
        for (const buffer of [images.x, images.packed]) buffer.destroy();
      },
    };
  },
});

/** A batch of every family with its defaults at 28×28 in f32, vectors at their own size; bytes where the family writes them itself. */
export const generateBenches = (names: readonly string[] = Object.keys(families)): Bench[] => {
  const { cases } = generationCases({ families: names, sizes: [problem.side] });
  return cases.flatMap((item) => [bench(item, 'f32'), ...(item.name === 'count' ? [bench(item, 'u8')] : [])]);
};
