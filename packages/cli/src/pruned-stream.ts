import { InputError } from '@kindling/core';
import { parseSelection, type Selection } from '@kindling/warmup';

/** The command line of a stream that is pruned as it is made. */
export interface PruneAsked {
  /** hard or easy. */
  readonly prune?: string;
  readonly pruneMetric?: string;
  readonly candidates?: number;
  readonly balanced?: boolean;
}

const OPTIONS = { keep: '--prune', metric: '--prune-metric', candidates: '--candidates', balanced: '--balanced' } as const;

/** The option behind a field of `select`, as errors name it: `recipe.select.metric` → `--prune-metric`. */
export function pruneOptionOf(subject: string): string | undefined {
  const [, field = ''] = /^(?:recipe\.)?select\.(\w+)$/.exec(subject) ?? [];
  return Object.hasOwn(OPTIONS, field) ? OPTIONS[field as keyof typeof OPTIONS] : undefined;
}

/**
 * The fields of `select` that are asked for; undefined where none is.
 * @param had whether a recipe says already how the stream is pruned
 * @throws InputError for an option that means nothing without --prune
 */
export function askedSelection({ prune: keep, pruneMetric: metric, candidates, balanced }: PruneAsked, had = false): object | undefined {
  const named = Object.entries({ keep, metric, candidates, balanced }).filter(([, value]) => value !== undefined);
  if (named.length === 0) return undefined;
  if (keep === undefined && !had) {
    const subject = OPTIONS[named[0]![0] as keyof typeof OPTIONS];
    throw new InputError({ subject, got: 'no --prune beside it', expected: '--prune hard or easy', next: 'add --prune hard' });
  }
  return Object.fromEntries(named);
}

/** How the stream is pruned, every default filled in; undefined where it is not. @throws InputError naming the option */
export function selectionOf(asked: PruneAsked, command: string): Selection | undefined {
  const given = askedSelection(asked);
  if (!given) return undefined;
  try {
    return parseSelection(given);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const option = pruneOptionOf(error.parts.subject) ?? '--prune';
    throw new InputError({ ...error.parts, subject: option, next: `see \`kindling ${command} --help\` for ${option}` }, 2, {
      cause: error,
    });
  }
}
