// The plain example on Deno's own WebGPU (wgpu): another implementation, another WGSL compiler, the same numbers.
//   deno run --unstable-webgpu --allow-read --allow-env examples/deno/main.js
import { main } from '../plain/main.js';

const adapter = await navigator.gpu?.requestAdapter();
if (!adapter) throw new Error('Deno finds no adapter: run it with --unstable-webgpu, and install a Vulkan driver');
const { images, labels, features } = await main(await adapter.requestDevice());

const base64 = ({ buffer }) => new Uint8Array(buffer).toBase64();
console.log(JSON.stringify({ adapter: adapter.info.description, labels: [...labels], images: base64(images), features: base64(features) }));
Deno.exit(0); // wgpu keeps the process alive
