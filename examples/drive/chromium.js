// Bundles the browser examples and opens their page in Chromium.
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const examples = fileURLToPath(new URL('..', import.meta.url));
const out = join(examples, 'dist');
const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium on this machine, or undefined; KINDLING_CHROMIUM names another. */
export const executable = [process.env.KINDLING_CHROMIUM, ...installed].find((path) => path && existsSync(path));

/** Writes dist/page.js and its chunks. @param plugins of esbuild, e.g. to take sources in place of what is built of them */
export async function bundle(plugins = []) {
  rmSync(out, { recursive: true, force: true });
  await build({
    entryPoints: [join(examples, 'drive/page.js')],
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    loader: { '.wgsl': 'text' },
    logLevel: 'warning',
    logOverride: { 'ignored-bare-import': 'silent' }, // our packages say that none has side effects
    plugins,
  });
}

const types = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const page = (name) =>
  `<!doctype html><title>Kindling in another engine</title><link rel="icon" href="data:,"><body style="background:#222">${name ? `<script type="module">import('/page.js').then((page) => page.show('${name}'))</script>` : ''}`;

/** Serves dist, the models and ONNX Runtime's files on the loopback, as WebGPU wants a secure context. @returns the server; `/three`, `/babylon` run */
export async function serve(port = 0) {
  const server = createServer(({ url }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    if (['/', '/three', '/babylon'].includes(path))
      return response.writeHead(200, { 'content-type': 'text/html' }).end(page(path.slice(1)));
    const file = [join(out, path), join(examples, path), join(ort, path)].find(
      (each) => !path.includes('..') && extname(path) && existsSync(each),
    );
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-store' });
    return createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

/** The page in headless Chromium. @returns `run(name, steps)`, which calls that function of page.js, and `close` */
export async function open() {
  const server = await serve();
  const profile = mkdtempSync(join(tmpdir(), 'kindling-examples-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    timeout: 120_000,
    headless: false, // by the flag below, as the shell that Playwright would choose has no WebGPU
    args: [
      ...['--headless=new', '--no-sandbox', '--enable-unsafe-webgpu', '--disable-background-networking', '--no-first-run'],
      // Without a GPU, Chromium 156 loses the device at the first frame of a WebGPU canvas unless it composes with Vulkan as well.
      ...['--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader'],
    ],
  });
  const tab = context.pages()[0] ?? (await context.newPage());
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) console.warn(`page: ${message.text()}`);
  });
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  return {
    tab,
    // As text, which no test runner rewrites.
    run: (name, steps) => tab.evaluate(`import('/page.js').then((page) => page.${name}(${steps}))`),
    async close() {
      await context.close();
      server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
