/** What figures need of a document of `kindling bench`, as it lies in a record. */
export interface BenchFigureDocument {
  readonly bench: string;
  readonly adapter: string;
  readonly environment?: { readonly date?: string; readonly commit?: string };
  readonly entries: readonly BenchFigureEntry[];
  readonly headline?: HeadlineFacts;
}

/** One measured thing; times are ms, null where nothing ran. */
export interface BenchFigureEntry {
  readonly id: string;
  readonly set: string;
  readonly name: string;
  readonly engine: string;
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly n: number;
  readonly wrong: boolean;
}

/** Runs to an accuracy. */
export interface HeadlineFacts {
  readonly accuracy: number;
  readonly maxSteps: number;
  readonly evaluateEvery: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly contestants: readonly {
    readonly engine: string;
    readonly source: string;
    readonly wrong: boolean;
    readonly problem?: string;
    readonly runs: readonly {
      readonly reached: boolean;
      readonly steps: number;
      readonly total: number;
      readonly seconds: Readonly<Record<string, number>>;
      readonly curve: readonly { readonly accuracy: number }[];
    }[];
  }[];
}

/** `llvmpipe · 2026-11-22 · commit abc1234` */
export function benchCaption({ adapter, environment = {} }: BenchFigureDocument): string {
  const { date, commit } = environment;
  const changed = commit?.includes('with changes') ? ' with changes' : '';
  const facts = [
    adapter.slice(0, 90),
    date?.slice(0, 10),
    commit && /^[0-9a-f]{7}/.test(commit) ? `commit ${commit.slice(0, 7)}${changed}` : '',
  ];
  return facts.filter((fact) => fact !== undefined && fact !== '').join(' · ');
}
