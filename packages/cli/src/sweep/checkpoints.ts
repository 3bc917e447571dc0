import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { canonicalJson } from '@kindling/datagen';
import { encodeCheckpoint, type RunRecipe, type TrialContext, type TrialState } from '@kindling/warmup';
import { CheckpointFiles } from '../checkpoint-files.js';
import { makeFolder } from '../datagen/write.js';
import type { Session } from '../session.js';
import { say } from '../terminal.js';
import { commit, versions } from '../versions.js';
import { CHECKPOINTS } from './results-folder.js';

/** What was seen of a group's trials so far, for their lines: by trial. */
export interface Seen {
  readonly evals: object[][];
  readonly poses: object[][];
}

/** Trials that train together, and what their results depend on beside their recipes. */
export interface CheckpointedGroup {
  readonly session: Session;
  /** SHA-256 of the data. */
  readonly data: string;
  readonly recipes: readonly RunRecipe[];
}

/** The state of the group that a sweep is training, in a folder `checkpoints` of the sweep's own: a kill loses what came after the last one. */
export class GroupCheckpoints {
  readonly #folder: string;
  readonly #every: number;
  readonly #files: CheckpointFiles;

  /** @param every steps of a trial between two checkpoints */
  constructor(sweep: string, every: number) {
    this.#folder = join(sweep, CHECKPOINTS);
    this.#every = every;
    this.#files = new CheckpointFiles(this.#folder);
  }

  #notes({ session, data }: CheckpointedGroup): Record<string, string> {
    return { adapter: session.adapter, data, versions: canonicalJson({ ...versions() }), commit: commit()?.commit ?? 'none' };
  }

  /** What `runTrials` is to do about checkpoints; `seen` is kept with the state, as events are not repeated. */
  during(group: CheckpointedGroup, seen: Seen): NonNullable<TrialContext['checkpoint']> {
    const notes = this.#notes(group);
    return {
      every: this.#every,
      save: async (state) => {
        const bytes = await encodeCheckpoint(state, group.recipes, { ...notes, seen: JSON.stringify(seen) });
        makeFolder(this.#folder);
        this.#files.save(state.step, bytes);
      },
    };
  }

  /**
   * The state in which a kill or stop left this very group on this adapter, with this data and version. Another one's is said and left out: a line's
   * trial must be one training.
   */
  async load(group: CheckpointedGroup): Promise<{ readonly state: TrialState; readonly seen: Seen } | undefined> {
    const anew = (why: string): undefined => {
      say(`kindling: ${this.#folder}: ${why}: these trials start from their first step`);
    };
    let found: Awaited<ReturnType<CheckpointFiles['newest']>>;
    try {
      found = await this.#files.newest(say);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return anew('every checkpoint is damaged');
    }
    if (!found) return undefined;
    const { state, recipes, notes, path } = found;
    const { seen, ...was } = notes;
    if (canonicalJson(recipes as unknown[]) !== canonicalJson(group.recipes as unknown[])) return anew('the checkpoint is of other trials');
    const now = this.#notes(group);
    const other = Object.keys(now).find((name) => was[name] !== now[name]);
    if (other) return anew(`the checkpoint is of another ${other === 'data' ? 'data set' : other.replace('versions', 'version')}`);
    say(`kindling: going on after step ${state.step} of ${group.recipes[0]!.steps}, from ${path}`);
    return { state, seen: JSON.parse(seen!) as Seen };
  }

  /** Removes all of them: the group's lines are on the disk. */
  clear(): void {
    if (existsSync(this.#folder)) rmSync(this.#folder, { recursive: true, force: true });
  }
}
