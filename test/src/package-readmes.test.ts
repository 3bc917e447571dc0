// The JavaScript in the packages' README files runs as it stands, in one process.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { testAdapters } from '@kindling/device/testing';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = ['shaders', ...readdirSync(`${root}packages`).map((name) => `packages/${name}`)]
  .map((folder) => `${root}${folder}/README.md`)
  .filter(existsSync);

it('every snippet runs', async () => {
  const [adapter] = await testAdapters();
  const snippets = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => ({ page, code: code! })),
  );
  expect(snippets.length).toBeGreaterThan(10);
  // Below the workspace that links all packages, so that imports resolve to what is built.
  const names = snippets.map((_, i) => `${root}test/snippet-${process.pid}-${i}.mjs`);
  const main = `${root}test/snippets-${process.pid}.mjs`;
  try {
    for (const [i, { code }] of snippets.entries()) writeFileSync(names[i]!, code);
    const each = names.map((name, i) => `await import(${JSON.stringify(name)}).catch((error) => failed(${i}, error));`);
    writeFileSync(main, `const failed = (i, error) => { console.log('FAILED', i, error.stack); };\n${each.join('\n')}\nprocess.exit(0);\n`);
    const { stdout, status } = spawnSync(process.execPath, [main], {
      encoding: 'utf8',
      env: { ...process.env, KINDLING_ADAPTER: adapter },
    });
    const failed = [...stdout.matchAll(/^FAILED (\d+) (.*(?:\n {4}.*)*)/gm)].map(([, i, why]) => `${snippets[Number(i)]!.page}: ${why}`);
    expect(failed).toEqual([]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^labels: (\d ){15}\d$/m);
    expect(stdout).toMatch(/^x: f32 \[1,16,1,28,28\], 50176 bytes$/m);
    expect(stdout).toMatch(/^\d+ bytes of PNG$/m);
    expect(stdout).toMatch(/^M2 \{"epsilonInf":0\.05/m);
  } finally {
    for (const name of [main, ...names]) rmSync(name, { force: true });
  }
});
