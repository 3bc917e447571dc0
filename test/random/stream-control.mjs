// `node test/random/stream-control.mjs NAME`: a stream that must fail, as binary u32 until nobody reads.
import { once } from 'node:events';

const next = {
  // Numerical Recipes' 32-bit linear congruential generator: its low bits have short periods.
  'control-lcg': (state) => (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0,
  // Marsaglia's xorshift32: linear over GF(2).
  'control-xorshift': (state) => {
    const a = state ^ (state << 13);
    const b = a ^ (a >>> 17);
    return (b ^ (b << 5)) >>> 0;
  },
}[process.argv[2]];

process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
let state = 1;
for (;;) {
  const chunk = Uint32Array.from({ length: 2 ** 20 }, () => {
    state = next(state);
    return state;
  });
  if (!process.stdout.write(new Uint8Array(chunk.buffer))) await once(process.stdout, 'drain');
}
