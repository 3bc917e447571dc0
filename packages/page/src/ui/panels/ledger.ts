import type { LedgerNow, LedgerRow } from '../../protocol.js';
import { byId, setText, table } from '../dom.js';
import { bytes, plural, whole } from '../format.js';

const NAMES: Readonly<Record<LedgerRow['phase'], string>> = { warmup: 'Warm-up', natural: 'Real images', other: 'Everything else' };

/** What the ledger says of the warm-up, in a sentence. */
export function claim({ phases }: LedgerNow): string {
  const warm = phases.find(({ phase, steps }) => phase === 'warmup' && steps > 0);
  if (warm) return `${bytes(warm.bytesToDevice).replace(/^0$/, '0 bytes')} from host to GPU in ${plural(warm.steps, 'warm-up step')}.`;
  const natural = phases.find(({ phase, steps }) => phase === 'natural' && steps > 0);
  if (natural)
    return `${bytes(natural.bytesToDevice).replace(/^0$/, '0 bytes')} from host to GPU in ${plural(natural.steps, 'step')} on real images.`;
  return 'No step yet.';
}

export function resetLedger(): void {
  setText(byId('ledger-claim'), 'Counted at the device once a run has begun.');
  byId('ledger').replaceChildren();
}

/** The meter's counts by phase. */
export function showLedger(ledger: LedgerNow): void {
  setText(byId('ledger-claim'), claim(ledger));
  const rows = ledger.phases
    .filter(({ phase, steps }) => steps > 0 || phase === 'other')
    .map((row) => [
      NAMES[row.phase],
      row.phase === 'other' ? '–' : whole(row.steps),
      bytes(row.bytesToDevice),
      bytes(row.bytesFromDevice),
      whole(row.submits),
      whole(row.dispatches),
    ]);
  byId('ledger').replaceChildren(
    table('Traffic between host and GPU by phase', ['Phase', 'Steps', 'To GPU', 'From GPU', 'Submits', 'Dispatches'], rows),
  );
}
