// `node test/random/stream.mjs NAME [SEED [MODULE]]`: writes a stream's words, made on the device, as binary u32 to stdout until nobody reads.
import { once } from 'node:events';
import { bundle } from './bundle.mjs';
import { streams } from './streams.mjs';

const [name, seed = '1', module] = process.argv.slice(2);
const layout = streams[name];
if (!layout || !/^\d+$/.test(seed)) {
  console.error(`stream: got ${name} ${seed}; expected one of ${Object.keys(streams).join(', ')} and a whole number. Next: name one`);
  process.exit(2);
}

// A reader that has enough closes the pipe: that is how a stream ends.
let words = 0;
const stop = () => {
  process.stderr.write(`${name}: ${words} words\n`);
  process.exit(0);
};
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') stop();
  throw error;
});

const { openDevice, layoutProgram, placeWords, alongAxis, STREAM } = await import(module ?? (await bundle()));
const device = await openDevice({ notice: () => undefined });
process.stderr.write(`${name}: ${layout.about}; ${device.info.name}\n`);
const places = Math.floor(2 ** 22 / layout.inner);
const size = places * layout.inner;
const place = { seed: Number(seed), stream: STREAM[layout.stream], step: 0, index: 0, draw: 0 };
const buffers = {
  first: device.upload('first', placeWords(place)),
  by: device.upload('by', alongAxis(layout.axis)),
  words: device.buffer('words', 4 * size),
};
const program = layoutProgram(layout.generator, size, layout.inner);
for (;;) {
  device.write(buffers.first, placeWords(place));
  device.run(program, buffers);
  const chunk = await device.readU32(buffers.words);
  place[layout.axis] += places;
  // 2^32 steps have no successor: the next seed begins.
  if (layout.axis === 'step' && place.step + places > 2 ** 32) Object.assign(place, { seed: place.seed + 1, step: 0 });
  if (!process.stdout.write(new Uint8Array(chunk.buffer))) await once(process.stdout, 'drain');
  words += size;
}
