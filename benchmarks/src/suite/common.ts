import { loadavg } from 'node:os';
import type { Environment } from '../environment.js';
import type { Host } from '../host.js';
import { type BenchDocument, SCHEMA } from './document.js';
import type { Entry } from './entry.js';
import { SLOW } from './slow.js';

export interface CommonParts {
  readonly bench: string;
  readonly host: Host;
  readonly environment: Environment;
  readonly reference: readonly Entry[];
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly sampleSeconds: number;
  /** `performance.now()` when it began. */
  readonly began: number;
  readonly notes?: readonly string[];
}

/** What a document of one process has in common with all others, apart from its entries. */
export const commonOf = (parts: CommonParts): Omit<BenchDocument, 'entries' | 'comparisons' | 'missing'> => ({
  ...{ schema: SCHEMA, bench: parts.bench, sets: [parts.bench] },
  ...{ adapter: parts.host.info.name, adapterInfo: parts.host.info, environment: parts.environment },
  ...{ load: parts.environment.loadBefore[0]!, loadAfter: loadavg(), versions: parts.versions, reference: parts.reference },
  ...{ notes: parts.notes ?? [], passes: 1, rounds: parts.rounds, sampleSeconds: parts.sampleSeconds },
  ...{ slowed: process.env[SLOW] || null, rssBytes: process.memoryUsage().rss, seconds: (performance.now() - parts.began) / 1000 },
});

/** Entries that gave no sample, and why. */
export const missingOf = (entries: readonly Entry[]): BenchDocument['missing'] =>
  entries.filter(({ n }) => n === 0).map(({ id, problem }) => ({ what: id, reason: problem ?? 'it gave no sample' }));
