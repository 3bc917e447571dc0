import { formatNumber, formatShare, formatTable } from '../format.js';
import { footer } from '../suite/format.js';
import type { PeersDocument } from './bench.js';

/** The table of `kindling bench peers`. */
export function formatPeers(document: PeersDocument): string {
  const { entries, comparisons, losses } = document;
  const tasks = [...new Set(entries.map(({ set, name }) => `${set}/${name}`))];
  const rows = tasks.flatMap((task) =>
    entries
      .filter(({ set, name, n }) => `${set}/${name}` === task && n > 0)
      .map((entry) => {
        const ratio = comparisons.find(({ over }) => over === entry.id);
        return [
          entry.name,
          entry.engine + (entry.wrong ? ' WRONG' : ''),
          formatNumber(entry.median),
          formatNumber(entry.min),
          formatNumber(entry.max),
          formatShare(entry.spread),
          `${entry.n}×${entry.repetitions}`,
          entry.engine === 'kindling' ? '1' : ratio ? formatNumber(ratio.ratio) : '–',
          ratio ? `${formatNumber(ratio.low)} – ${formatNumber(ratio.high)}` : '',
        ];
      }),
  );
  return [
    `Poster CNN, batch 64, and random binary batches, on ${document.adapter}; every engine in turns`,
    formatTable(['task', 'engine', 'ms', 'min', 'max', 'spread', 'n×times', 'ratio', '95 %'], rows, 2),
    '',
    'ratio: the engine’s time / Kindling’s of the same round, median over rounds; a wrong result has none. PyTorch runs on the CPU unless its name says cuda;',
    'onnxruntime-web hands its logits to the host every time, the others leave them where they are.',
    ...Object.entries(losses).map(
      ([engine, all]) => `losses ${engine}: ${all[0]!.toFixed(5)} … ${all.at(-1)!.toFixed(5)} after ${all.length} steps`,
    ),
    ...footer(document),
  ].join('\n');
}
