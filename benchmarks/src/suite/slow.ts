import { InputError } from '@kindling/core';
import type { Body } from './bench.js';

/** Names the environment variable that slows entries down, to prove that `bench compare` sees it: `<part of an id>=<factor>`, e.g. `step/=1.2`. */
export const SLOW = 'KINDLING_BENCH_SLOW';

/** @throws InputError unless it reads `<part of an id>=<factor from 1>` */
export function parseSlow(text: string | undefined): { readonly part: string; readonly factor: number } | undefined {
  if (text === undefined || text === '') return undefined;
  const at = text.lastIndexOf('=');
  const factor = at < 0 ? Number.NaN : Number(text.slice(at + 1));
  if (factor >= 1 && factor <= 100) return { part: text.slice(0, at), factor };
  throw new InputError({
    subject: SLOW,
    got: JSON.stringify(text),
    expected: '<part of an id>=<factor from 1 to 100>, e.g. step/=1.2',
    next: 'unset it, unless you test `kindling bench compare`',
  });
}

/** The same work, followed within the clock by a wait of (factor − 1) times what it took: an artificial slowdown that really takes the time. */
export function slowed(id: string, body: Body): Body {
  const slow = parseSlow(process.env[SLOW]);
  if (!slow || !id.includes(slow.part)) return body;
  return {
    get facts() {
      return body.facts ?? {};
    },
    ...(body.work ? { work: body.work } : {}),
    begin: (round) => body.begin?.(round),
    check: async () => body.check?.(),
    destroy: () => body.destroy(),
    async run(times) {
      const start = performance.now();
      await body.run(times);
      const until = performance.now() + (slow.factor - 1) * (performance.now() - start);
      while (performance.now() < until);
    },
  };
}
