import { createHash } from 'node:crypto';
import { InputError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { canonicalJson } from '@kindling/datagen';
import { encodeCheckpoint, type RunRecipe, type TrialContext, type TrialState } from '@kindling/warmup';
import { CheckpointFiles } from './checkpoint-files.js';
import type { RunWriter } from './run-folder.js';
import type { Session } from './session.js';
import { say } from './terminal.js';
import { versions } from './versions.js';

export interface CheckpointOptions {
  /** Steps between two checkpoints; 0: only before a stop. */
  readonly every: number;
  /** Go on with the run that the folder holds, instead of starting one there. */
  readonly resume: boolean;
  /** Opens device and data again, after the device was lost. */
  readonly reopen: () => Promise<Session>;
}

/** SHA-256 of all images and labels: a folder of the same name and size may hold others. */
function hashOf({ train, test }: NaturalData): string {
  const hash = createHash('sha256');
  for (const { images, labels } of [train, test]) hash.update(images).update(labels);
  return hash.digest('hex');
}

/** The first field in which two recipes differ, with both values as JSON. */
export function recipeDifference(a: RunRecipe, b: RunRecipe): { field: string; a: string; b: string } | undefined {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof RunRecipe)[];
  const text = (recipe: RunRecipe, field: keyof RunRecipe): string =>
    recipe[field] === undefined ? 'nothing' : canonicalJson(recipe[field]);
  const field = fields.find((name) => text(a, name) !== text(b, name));
  return field && { field, a: text(a, field), b: text(b, field) };
}

/** The checkpoints of one trial in its run folder: written while it runs, and read to go on. */
export class TrialCheckpoints {
  private readonly files: CheckpointFiles;
  /** Step of the last one written by this process; −1 for none. */
  written = -1;

  constructor(
    private readonly folder: string,
    private readonly recipe: RunRecipe,
    private readonly every: number,
  ) {
    this.files = new CheckpointFiles(folder);
  }

  private notes({ adapter, natural, facts }: Session): Record<'adapter' | 'data' | 'dataHash' | 'kindling' | 'webgpu', string> {
    const { kindling, webgpu } = versions();
    return { adapter, data: facts.name, dataHash: hashOf(natural), kindling, webgpu };
  }

  /** What `runTrial` is to do about checkpoints: the record is on the disk before the checkpoint that counts on its lines. */
  during(session: Session, record: RunWriter): NonNullable<TrialContext['checkpoint']> {
    let notes: Record<string, string> | undefined;
    return {
      every: this.every,
      save: async (state) => {
        notes ??= this.notes(session);
        const bytes = await encodeCheckpoint(state, [this.recipe], notes);
        record.sync();
        this.files.save(state.step, bytes);
        this.written = state.step;
      },
    };
  }

  /**
   * The state to go on from, and says where it lies and what makes the rest's bits differ from those of a run that was never stopped: another adapter
   * or other versions. Undefined where there is no checkpoint yet.
   * @throws InputError for another recipe or other data
   */
  async load(session: Session): Promise<TrialState | undefined> {
    const found = await this.files.newest(say);
    if (!found) {
      say(`kindling: ${this.folder} holds no checkpoint yet, so the run starts from its first step`);
      return undefined;
    }
    const { state, recipes, notes, path } = found;
    const difference = recipeDifference(recipes[0]!, this.recipe);
    if (difference) {
      throw new InputError({
        subject: path,
        got: `a checkpoint of a run with ${difference.field} ${difference.a}`,
        expected: `${difference.field} ${difference.b}, as in recipe.json`,
        next: 'put recipe.json back as it was, or start another run with --out',
      });
    }
    const now = this.notes(session);
    if (notes.dataHash !== now.dataHash) {
      throw new InputError({
        subject: path,
        got: `data ${now.data} with SHA-256 ${now.dataHash.slice(0, 12)}…`,
        expected: `${notes.data} with ${notes.dataHash?.slice(0, 12)}…, on which the run began`,
        next: 'name the folder of that data with --data',
      });
    }
    say(`kindling: going on after step ${state.step} of ${this.recipe.steps}, from ${path}`);
    const others = (['adapter', 'kindling', 'webgpu'] as const).filter((name) => notes[name] !== now[name]);
    for (const name of others) {
      say(
        `kindling: the run began with ${name} ${notes[name]} and goes on with ${now[name]}: it will not end with the bits of a run on one alone`,
      );
    }
    return state;
  }
}
