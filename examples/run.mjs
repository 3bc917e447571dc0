// node examples/run.mjs NAME: runs one example and prints its numbers. With --serve the drawn ones stay open for a browser of yours.
import { parseArgs } from 'node:util';

const names = ['plain', 'deno', 'tfjs', 'three', 'babylon', 'onnxruntime-web'];
const usage = `usage: node examples/run.mjs ${names.join('|')} [--serve]`;
const refuse = (message) => {
  console.error(`${message}\n${usage}`);
  process.exit(2);
};
const round = (values) => [...values].map((value) => Number(value.toFixed(4))).join(' ');

async function openDevice() {
  return (await import('@kindling/device')).openDevice();
}

function printPlain({ images, labels, features }) {
  const shades = ' .:-=+*#%@';
  for (let h = 0; h < 28; h += 2) {
    const row = (n) => Array.from({ length: 28 }, (_, w) => shades[Math.round(9 * images[(n * 28 + h) * 28 + w])]).join('');
    console.log([0, 1, 2].map(row).join('|'));
  }
  console.log(`labels    ${labels.join(' ')}`);
  console.log(
    `features  ${features.length} values from ${round([features.reduce((a, b) => Math.min(a, b))])} to ${round([features.reduce((a, b) => Math.max(a, b))])}`,
  );
}

const crossing = ({ hostToGpuBytes, gpuToHostBytes }, steps) =>
  `crossed   ${hostToGpuBytes / steps} bytes a step to the GPU, ${gpuToHostBytes / steps} bytes back`;

async function inBrowser(name, serves) {
  const { bundle, executable, open, serve } = await import('./drive/chromium.js');
  await bundle();
  if (serves) {
    const server = await serve();
    return console.log(`open http://127.0.0.1:${server.address().port}/${name} in a browser with WebGPU; Ctrl-C ends`);
  }
  if (!executable) refuse('no Chromium found: install it, name a binary in KINDLING_CHROMIUM, or use --serve with a browser of yours');
  const page = await open();
  try {
    if (name === 'onnxruntime-web') {
      const { results } = await page.run('onnxruntime', 2);
      for (const { theirs, ours, crossed } of results) {
        console.log(
          `logits    largest difference ${Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]))).toExponential(1)} in ${theirs.length} values`,
        );
        console.log(crossing(crossed, 1));
      }
    } else {
      const { losses, expected, farthestPixel, crossed } = await page.run(name, 12);
      console.log(`losses    ${round(losses)}\nin f64    ${round(expected)}`);
      console.log(`picture   at most ${farthestPixel.toFixed(2)} of 255 from the buffer\n${crossing(crossed, 11)}`);
    }
  } finally {
    await page.close();
  }
}

async function main() {
  let parsed;
  try {
    parsed = parseArgs({ allowPositionals: true, options: { serve: { type: 'boolean', default: false } } });
  } catch (error) {
    refuse(error.message);
  }
  const { values, positionals } = parsed;
  const [name, ...others] = positionals;
  if (!names.includes(name) || others.length > 0) refuse(`got ${positionals.join(' ') || 'nothing'}; expected one of ${names.join(', ')}`);
  if (values.serve && !['three', 'babylon'].includes(name)) refuse(`--serve: got ${name}; expected three or babylon, which draw`);
  if (name === 'plain') {
    const device = await openDevice();
    printPlain(await device.patiently((await import('./plain/main.js')).main(device.gpu)));
    device.destroy();
  } else if (name === 'deno') {
    const { listAdapters } = await import('@kindling/device');
    const chosen = (await listAdapters()).adapters.find((adapter) => adapter.chosen);
    const found = await (await import('./drive/deno.js')).runDeno({ kind: chosen?.kind ?? 'hardware' });
    if (found.missing) refuse(found.missing);
    console.log(`adapter   ${found.adapter}, by wgpu`);
    printPlain(found);
  } else if (name === 'tfjs') {
    const device = await openDevice();
    const { losses, crossed, touched } = await (await import('./drive/tensorflow.js')).trainInTensorFlow(device, 12);
    console.log(`losses    ${round(losses)}\n${crossing(crossed, 11)}, ${touched.length} transfers of a batch`);
    process.exit(0); // TensorFlow.js keeps the device
  } else await inBrowser(name, values.serve);
}

await main();
