// The suite in headless Chromium: Dawn behind the browser's process wall. A loopback server, as WebGPU wants a secure context.
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { out } from './build.mjs';
import { crashed, deviceHost, firstOf, packageFolder, progress } from './host.mjs';

const PATIENCE_MS = 600_000;

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium that npm brings for SwiftShader's sake, unpacked once, with it, into the user's cache; Linux x64 only. */
function fromNpm({ untar }) {
  const folder = packageFolder('@sparticuz/chromium');
  if (process.platform !== 'linux' || process.arch !== 'x64' || !folder) return undefined;
  const unpacked = (file) => brotliDecompressSync(readFileSync(join(folder, 'bin', file)));
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kindling');
  const target = join(cache, `chromium-${version}`);
  if (!existsSync(target)) {
    const temporary = `${target}.${process.pid}`;
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    // Chromium looks for its libraries beside itself.
    for (const [name, bytes] of untar(unpacked('swiftshader.tar.br'))) writeFileSync(join(temporary, basename(name)), bytes);
    writeFileSync(join(temporary, 'chromium'), unpacked('chromium.br'), { mode: 0o755 });
    renameSync(temporary, target);
  }
  return join(target, 'chromium');
}

/** The line that `--version` prints, or undefined where the binary does not even start (it misses libraries of the system). */
function versionOf(path) {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    return {
      problem: String(error.stderr || error.message)
        .trim()
        .split('\n')[0],
    };
  }
}

function serve() {
  const types = { '/': 'text/html', '/suite.js': 'text/javascript', '/suite.js.map': 'application/json' };
  const server = createServer(({ url }, response) => {
    if (!(url in types)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[url], 'cache-control': 'no-store' });
    if (url === '/') return response.end('<!doctype html><title>Kindling suite</title>');
    return createReadStream(join(out, url.slice(1))).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const within = (promise, ms, what) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** With WebGPU, and without whatever else a browser does by itself. */
export const HEADLESS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/**
 * A Chromium that starts: named in KINDLING_CHROMIUM, installed, or npm's.
 * @param device `untar` of `deviceHost()`, made where it is needed and not given
 * @returns {missing} with a remedy, or {executablePath, version}
 */
export async function findChromium(device) {
  const remedy = 'install Chromium (Debian: apt-get install chromium), or name a binary in KINDLING_CHROMIUM';
  const executablePath = firstOf([process.env.KINDLING_CHROMIUM, ...installed]) ?? fromNpm(device ?? (await deviceHost()));
  if (!executablePath) return { missing: remedy };
  const version = versionOf(executablePath);
  if (version.problem) return { missing: `${executablePath} does not start (${version.problem}): ${remedy}` };
  return { executablePath, version };
}

/** @returns {missing} with a remedy, or {version, adapters, results, errors} */
export async function runChromium({ files, device, flags = [] }) {
  const { missing, executablePath, version } = await findChromium(device);
  if (missing) return { missing };
  let chromium;
  try {
    ({ chromium } = await import('playwright-core'));
  } catch {
    return { missing: 'run npm install with dev dependencies (package playwright-core)' };
  }

  const server = await serve();
  const profile = mkdtempSync(join(tmpdir(), 'kindling-chromium-'));
  const results = [];
  const errors = [];
  let adapters = [];
  let context;
  const close = async () => {
    await context?.close().catch(() => undefined);
    context = undefined;
  };
  const page = async () => {
    context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: false, // by the flag below, as the shell that Playwright would choose has no WebGPU
      args: [...HEADLESS, ...flags],
    });
    const opened = context.pages()[0] ?? (await context.newPage());
    await opened.goto(`http://127.0.0.1:${server.address().port}/`);
    adapters = await within(
      opened.evaluate(async () => (await import('/suite.js')).adapters()),
      120_000,
      'opening an adapter',
    );
    if (adapters.length === 0) throw new Error('navigator.gpu offers no adapter');
    return opened;
  };

  try {
    let current = await page();
    for (const file of files) {
      try {
        results.push(
          await within(
            current.evaluate(async (name) => (await import('/suite.js')).run(name), file),
            PATIENCE_MS,
            file,
          ),
        );
      } catch (error) {
        results.push(crashed(file, error.message));
        await close();
        current = await page();
      }
      progress(results.at(-1));
    }
  } catch (error) {
    errors.push(error.message);
  } finally {
    await close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
  return { version, adapters, results, errors };
}
