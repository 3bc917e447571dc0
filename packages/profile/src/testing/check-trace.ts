import type { Trace } from '../trace.js';

/** What the format asks of a file, and what the viewers need to show it. */
export function checkTrace({ traceEvents }: Trace): string[] {
  const problems: string[] = [];
  const named = new Set(traceEvents.filter(({ name }) => name === 'thread_name').map(({ pid, tid }) => `${pid}/${tid}`));
  let last = Number.NEGATIVE_INFINITY;
  const open = new Map<string, number[]>();
  for (const [i, event] of traceEvents.entries()) {
    const bad = (what: string): unknown => problems.push(`event ${i} (${event.name}): ${what}`);
    if (!['X', 'C', 'M'].includes(event.ph)) bad(`ph ${event.ph}`);
    if (!Number.isInteger(event.pid) || !Number.isInteger(event.tid)) bad('pid and tid');
    if (!Number.isFinite(event.ts)) bad(`ts ${event.ts}`);
    if (event.ph === 'M') continue;
    if (event.ts < last) bad('goes back in time');
    last = event.ts;
    if (event.ph !== 'X') continue;
    const track = `${event.pid}/${event.tid}`;
    if (!(event.dur! >= 0)) bad(`dur ${event.dur}`);
    if (!named.has(track)) bad('a track without a name');
    // Complete events of a track must nest: one that begins within another ends within it. A thousandth is rounding.
    const ends = open.get(track) ?? [];
    while (ends.length > 0 && ends.at(-1)! <= event.ts + 0.0011) ends.pop();
    if (ends.length > 0 && event.ts + event.dur! > ends.at(-1)! + 0.0011) bad('overlaps the event before it');
    open.set(track, [...ends, event.ts + event.dur!]);
  }
  return problems;
}
