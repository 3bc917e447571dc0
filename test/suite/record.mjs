// Vitest setup: after each test file, what its comparisons used of their tolerances goes to the folder KINDLING_SHARES.
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { takeShares } from '../../packages/kernels/src/testing/shares.ts';

const folder = process.env.KINDLING_SHARES;
if (folder) {
  afterAll(() => {
    mkdirSync(folder, { recursive: true });
    // JSON has no infinity; null stands for it.
    writeFileSync(join(folder, `${process.pid}-${randomUUID()}.json`), JSON.stringify(takeShares()));
  });
}
