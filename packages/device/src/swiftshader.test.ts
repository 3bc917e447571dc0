import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { swiftShader } from './swiftshader.js';

const scratch = mkdtempSync(join(tmpdir(), 'kindling-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(scratch, 'cache-'));
const entries = (cache: string): string[] => readdirSync(join(cache, 'kindling'));

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('SwiftShader from npm', () => {
  it('unpacks once and completely', () => {
    const cache = fresh();
    const files = swiftShader({ XDG_CACHE_HOME: cache });
    expect(statSync(join(dirname(files.icd), 'libvk_swiftshader.so')).size).toBeGreaterThan(1e6);
    const { mtimeMs } = statSync(files.loader);
    expect(swiftShader({ XDG_CACHE_HOME: cache })).toEqual(files);
    expect(statSync(files.loader).mtimeMs).toBe(mtimeMs);
    expect(entries(cache)).toEqual(['swiftshader-147.0.0']);
  });

  it('repairs a folder with an empty file', () => {
    const cache = fresh();
    const { loader } = swiftShader({ XDG_CACHE_HOME: cache });
    truncateSync(loader);
    swiftShader({ XDG_CACHE_HOME: cache });
    expect(statSync(loader).size).toBeGreaterThan(1e5);
  });

  it('falls back to a temporary folder where the cache cannot be written', () => {
    const [blocked, temporary] = [join(fresh(), 'a-file'), fresh()];
    writeFileSync(blocked, '');
    const env = { XDG_CACHE_HOME: blocked, HOME: blocked, TMPDIR: temporary };
    const files = swiftShader(env);
    expect(files.icd.startsWith(temporary)).toBe(true);
    // Code is loaded from there, so a folder that others may write to is refused.
    chmodSync(dirname(dirname(files.icd)), 0o777);
    expect(() => swiftShader(env)).toThrow(/writable for others/);
  });

  it('survives processes that unpack at the same moment', async () => {
    const cache = fresh();
    const here = dirname(fileURLToPath(import.meta.url));
    // Beside the sources, so that the package from npm resolves.
    const script = join(here, '..', 'node_modules', `.race-${process.pid}.mjs`);
    const core = join(here, '../../core/src/index.ts');
    const contents = `import { swiftShader } from './swiftshader.js'; console.log(swiftShader(process.env).icd);`;
    const stdin = { contents, resolveDir: here, loader: 'ts' as const };
    const options = { bundle: true, platform: 'node', format: 'esm', alias: { '@kindling/core': core } } as const;
    await build({ stdin, outfile: script, logLevel: 'error', ...options });
    try {
      const run = (): Promise<{ stdout: string }> =>
        promisify(execFile)(process.execPath, [script], { env: { ...process.env, XDG_CACHE_HOME: cache } });
      const outputs = await Promise.all([run(), run(), run()]);
      expect(new Set(outputs.map(({ stdout }) => stdout)).size).toBe(1);
      expect(existsSync(outputs[0]!.stdout.trim())).toBe(true);
      expect(entries(cache)).toEqual(['swiftshader-147.0.0']);
    } finally {
      rmSync(script, { force: true });
    }
  });
});
