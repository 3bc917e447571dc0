import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { testAdapters } from '@kindling/device/testing';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

it('the README’s model of your own trains as it stands', async () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  // Beside the packages, so that imports resolve to what is built, as for a reader.
  const file = fileURLToPath(new URL(`test/readme-${process.pid}.mjs`, root));
  const [adapter] = await testAdapters();
  try {
    writeFileSync(file, `${code}\nprocess.exit(0);\n`);
    const env = { ...process.env, KINDLING_ADAPTER: adapter };
    const output = execFileSync(process.execPath, [file], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const losses = [...output.matchAll(/loss: ([\d.]+)/g)].map((match) => Number(match[1]));
    expect(losses).toHaveLength(10);
    for (const loss of losses) expect(Math.abs(loss - Math.log(10))).toBeLessThan(0.3);
  } finally {
    rmSync(file, { force: true });
  }
});
