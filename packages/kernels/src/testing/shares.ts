/** How much of its tolerance one tensor of an op has used, at most, over all cases of a run. */
export interface Share {
  readonly op: string;
  /** Empty where the op has one variant only. */
  readonly variant: string;
  /** Kind or name of the adapter, as the comparison names it. */
  readonly adapter: string;
  /** The output, or `d<input>` for a gradient; empty where the comparison names none. */
  readonly tensor: string;
  /** 1 is all of the tolerance; infinite for a NaN. */
  share: number;
  cases: number;
}

const shares = new Map<string, Share>();

/** `op.variant detail on adapter: tensor of model 1`, of which only the op must be there. */
function parse(what: string): Omit<Share, 'share' | 'cases'> {
  const [subject, place = ''] = what.split(/ on (.*)/s) as [string, string?];
  const [op, variant = ''] = subject.split(/[ :]/, 1)[0]!.split('.') as [string, string?];
  const [adapter, tensor = ''] = place.split(/: (.*)/s) as [string, string?];
  return { op, variant, adapter, tensor: tensor.replace(/ (of model \d+|along a direction).*/, '') };
}

/** Notes one comparison. With KINDLING_TOLERANCES set, a new largest share is printed. */
export function noteShare(what: string, share: number): void {
  const found = parse(what);
  const key = `${found.op}.${found.variant} on ${found.adapter}: ${found.tensor}`;
  const known = shares.get(key) ?? { ...found, share: 0, cases: 0 };
  if (share > known.share && globalThis.process?.env.KINDLING_TOLERANCES) {
    process.stderr.write(`${(100 * share).toFixed(1).padStart(6)} % ${what}\n`);
  }
  shares.set(key, { ...known, share: Math.max(share, known.share), cases: known.cases + 1 });
}

/** What was noted since the last call. */
export function takeShares(): Share[] {
  const taken = [...shares.values()];
  shares.clear();
  return taken;
}
