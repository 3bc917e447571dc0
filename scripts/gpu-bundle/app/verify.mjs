// The reference cases from PyTorch in golden/, through the kernels of this adapter.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@kindling/device';
import { verifyCases } from '@kindling/verify';
import { answer } from './answer.mjs';

const at = (file) => readFileSync(fileURLToPath(new URL(`../golden/${file}`, import.meta.url)));

await answer(async ({ adapter }) => {
  const device = await openDevice({ adapter, notice: () => undefined });
  const report = await verifyCases(device, at('cases.json').toString(), at);
  device.destroy();
  if (report.cases.length === 0) throw new Error('golden/cases.json lists no case');
  return report;
});
