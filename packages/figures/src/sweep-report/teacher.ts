import type { GroupFacts } from './facts.js';
import { timeOf } from './savings.js';
import { code, short } from './text.js';
import type { Answer } from './time-words.js';

/** Steps that a teacher was trained in records from before lines said so. */
const EARLIER_STEPS = 200;

/** What arm `guarded` of Experiment 1 trains beyond the budget that all arms share. */
export interface TeacherFacts {
  readonly arm: string;
  readonly steps: number;
  /** Mean seconds of a trial, over the cells that have a warm-up; undefined where they are not told apart from generating. */
  readonly seconds: number | undefined;
  /** Whether the record's times have a place of their own for it. */
  readonly split: boolean;
}

/** Undefined where no trial had a teacher. */
export function teacherFacts({ experiment, cells }: GroupFacts): TeacherFacts | undefined {
  const guarded = cells.filter(({ arm, p }) => experiment === 'augment' && arm === 'guarded' && (p ?? 0) > 0);
  if (guarded.length === 0) return undefined;
  const told = guarded.flatMap(({ lines }) =>
    lines.flatMap(({ teacherSteps }) => (typeof teacherSteps === 'number' ? [teacherSteps] : [])),
  );
  const seconds = guarded.flatMap((cell) => timeOf(cell, 'teacher')?.mean ?? []);
  const split = seconds.length > 0;
  const mean = split ? seconds.reduce((sum, value) => sum + value, 0) / seconds.length : undefined;
  return { arm: 'guarded', steps: told[0] ?? EARLIER_STEPS, seconds: mean, split };
}

/** What the guard costs beside what it brings; nothing where no trial had a teacher. */
export function teacherAnswer(group: GroupFacts): Answer[] {
  const teacher = teacherFacts(group);
  if (!teacher) return [];
  const { steps, seconds } = teacher;
  const share = Math.round((100 * steps) / group.steps);
  const where =
    seconds === undefined
      ? 'Their seconds are part of “generate” in this record, and of its total.'
      : `They take ${short(seconds)} s of a trial, which figures and tables call “teacher”, and which its total holds.`;
  return [
    {
      question: 'What does the guard cost?',
      sentences: [
        `${code('guarded')} first trains its teacher for ${steps} steps, on the same ten images under random poses. These steps are beyond the budget of ${group.steps}: at every p above 0 this arm trains ${share} % more steps than the others, which no comparison at equal p takes into account.`,
        where,
      ],
    },
  ];
}
