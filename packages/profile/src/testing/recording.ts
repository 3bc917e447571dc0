import type { HostSpan } from '../host.js';
import type { LedgerEntry } from '../ledger.js';
import type { Mark } from '../mark.js';
import type { GpuSlice, Recording } from '../recorder.js';
import type { Encoded } from '../split-pass.js';

/** A kernel that nobody's Device made: known by its label alone. */
export const kernel = (label: string): Encoded => ({ pipeline: { label } as GPUComputePipeline, groups: [], workgroups: [1, 1, 1] });

export const entry = (mark: Mark, parts: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...{ direction: 'toGpu', call: 'writeBuffer', bytes: 100, label: 'x', mark, at: 5 },
  site: { frame: { name: 'feed', file: 'file:///home/me/model.mjs', line: 7, column: 3 }, through: 'Device.write' },
  ...parts,
});

/**
 * Four steps of phase `warmup` in one submit: steps 0 and 2 kernel by kernel (`a` 1 µs, `b` 3 µs, 1 µs between), 1 and 3 as a whole (4 µs); after
 * them an evaluation of one kernel of 10 µs in a submit of its own.
 */
export function fourSteps(): Recording {
  const [a, b, c] = [kernel('a'), kernel('b'), kernel('c')];
  const slices: GpuSlice[] = [];
  let at = 0;
  const slice = (dispatch: Encoded | null, mark: Mark, ns: number, submit = 0): void => {
    slices.push({ dispatch, mark, submit, begin: at, end: at + ns });
    at += ns;
  };
  for (let step = 0; step < 4; step++) {
    if (step % 2 === 0) {
      slice(a, { phase: 'warmup', part: 'data', step }, 1000);
      at += 1000;
      slice(b, { phase: 'warmup', part: 'train', step }, 3000);
    } else slice(null, { phase: 'warmup', part: 'train', step }, 4000);
  }
  slice(c, { phase: 'evaluation', part: 'evaluate' }, 10_000, 1);
  const train: Mark = { phase: 'warmup', part: 'train', step: 0 };
  const span = (work: HostSpan['work'], start: number, end: number, mark: Mark = train): HostSpan => ({ work, start, end, mark });
  return {
    timestamps: true,
    hasTimestamps: true,
    slices,
    dispatched: slices.flatMap(({ dispatch, mark }) => (dispatch ? [dispatch] : [a, b]).map((encoded) => ({ encoded, mark }))),
    host: [span('encode', 110, 112), span('submit', 112, 113), span('wait', 113, 118), span('readback', 118, 119)],
    ledger: [
      entry({ phase: 'setup', part: 'setup' }, { bytes: 4000, at: 101 }),
      entry({ phase: 'warmup', part: 'readback' }, { direction: 'toHost', call: 'mapAsync', bytes: 64, at: 118 }),
    ],
    submits: [
      { submit: 0, start: 112 },
      { submit: 1, start: 121 },
    ],
    phases: [
      { phase: 'setup', start: 100, end: 110, aside: 0 },
      { phase: 'warmup', start: 110, end: 120, aside: 0 },
      { phase: 'evaluation', start: 120, end: 130, aside: 2 },
    ],
  };
}
