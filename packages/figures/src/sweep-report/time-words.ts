import type { GroupFacts } from './facts.js';
import { evaluationsOf, PARTS, type Saving, unevenTimes } from './savings.js';
import { code, listed, short } from './text.js';

/** Sentences on one question; names of arms stand between backquotes. */
export interface Answer {
  readonly question: string;
  readonly sentences: readonly string[];
}

/** The question that stands beside the figure of times. */
export const TIME_QUESTION = 'What does it save in time?';

/** Share of a saving below which it is not worth a sentence. */
const NEGLIGIBLE = 0.02;

/** A part that changes by more than so many times the saving: others cancel it, and shares would mislead. */
const CANCELLING = 1.5;

/** A mean count without needless digits: `41`, `40.5`. */
const times = (count: number): string => String(Number(count.toFixed(1)));

/** Where one arm's saving comes from. */
export function savingSentences(saving: Saving): string[] {
  const { arm, p, before, after, parts, beyondSkip, evaluations } = saving;
  const saved = before - after;
  const at = `${code(arm)} at p = ${p} takes ${short(after)} s a trial`;
  if (saved <= NEGLIGIBLE * before) {
    const change = saved < -NEGLIGIBLE * before ? `${short(-saved)} s more than` : 'as long as';
    return [`${at}, ${change} p = 0 (${short(before)} s): no time is saved.`];
  }
  const largest = PARTS.filter((part) => Math.abs(parts[part]) > CANCELLING * saved);
  if (largest.length > 0) {
    const changes = largest.map((part) => `${part} ${short(Math.abs(parts[part]))} s ${parts[part] > 0 ? 'less' : 'more'}`);
    return [
      `${at}, ${short(saved)} s less than p = 0 (${short(before)} s); its parts differ by more than that (${listed(changes)}), so the saving cannot be told from noise, nor taken apart.`,
    ];
  }
  const share = (seconds: number): string => `${Math.round((100 * seconds) / saved)} %`.replace('-', '−');
  const told = PARTS.filter((part) => Math.abs(parts[part]) >= NEGLIGIBLE * saved)
    .sort((a, b) => parts[b] - parts[a])
    .map((part) => `${part} ${share(parts[part])}`);
  const rest = Math.abs(parts.other) >= NEGLIGIBLE * saved ? [`other ${share(parts.other)}`] : [];
  const sentences = [
    `${at}, ${short(saved)} s (${Math.round((100 * saved) / before)} %) less than p = 0. Of these seconds: ${listed([...told, ...rest])}.`,
  ];
  const fewer = evaluations && evaluations[1] < evaluations[0] ? evaluations : undefined;
  const asMany = evaluations && evaluations[1] >= evaluations[0] && parts.evaluate > NEGLIGIBLE * saved;
  const counts = fewer ? `, as it is evaluated ${times(fewer[1])} times instead of ${times(fewer[0])}` : '';
  if (asMany) sentences.push('It is evaluated as many times: the part called evaluate is unequal speed of the machine, no saving.');
  else if (parts.evaluate > saved / 2) sentences.push(`More than half of the saving is evaluation left out${counts}, not faster training.`);
  else if (fewer) sentences.push(`It is also evaluated fewer times (${times(fewer[1])} instead of ${times(fewer[0])}).`);
  if (arm === 'skip')
    sentences.push(
      `This arm has no warm-up: all it saves is natural steps that it does not train${fewer ? ', and their evaluations' : ''}.`,
    );
  else if (beyondSkip === undefined) sentences.push('Without `skip` at this p, what fewer natural steps save by themselves is not known.');
  else if (beyondSkip > 0) {
    sentences.push(
      `${code('skip')} takes ${short(beyondSkip)} s less still, with the same natural steps: the whole saving is natural steps not trained${fewer ? ' and not evaluated' : ''}, and the warm-up gives that much back.`,
    );
  } else sentences.push(`It takes ${short(-beyondSkip)} s less than ${code('skip')}, which trains the same natural steps.`);
  return sentences;
}

/** What time is saved, and by what. */
export function timeAnswer({ experiment, savings, cells, arms, steps }: GroupFacts): Answer {
  const question = TIME_QUESTION;
  const uneven = unevenTimes({ cells, steps });
  if (uneven !== undefined) {
    const why = `${uneven}. Other work ran on the machine; sweep again on a quiet one.`;
    return { question, sentences: [`Not to be said: ${why}`] };
  }
  if (savings.length === 0) {
    const plain = cells.some(({ p }) => p === 0);
    const reason = plain ? 'the record has no seconds by part to compare' : 'there is no trial at p = 0 to compare with';
    return { question, sentences: [`Not to be said: ${reason}.`] };
  }
  // One arm with warm-up and the control: the table has the others.
  const warm = arms.find((arm) => arm !== 'skip' && savings.some((saving) => saving.arm === arm));
  const last = [warm, 'skip'].flatMap((arm) => savings.filter((saving) => saving.arm === arm).slice(-1));
  const shared = cells.some(({ lines }) => lines.some(({ together }) => (together ?? 1) > 1));
  const sentences = last.map((saving) => savingSentences(saving).join(' '));
  if (shared) {
    sentences.push(
      'Trials of several seeds ran in the same dispatches: a time is one measurement, divided by them, so seeds give it no interval.',
    );
  }
  const counts = cells.flatMap((cell) => evaluationsOf(cell) ?? []);
  if (experiment === 'count' && counts.length > 0 && Math.max(...counts) <= 2)
    sentences.push('No trial is evaluated more than once a phase: the poster, which evaluates every 5 natural steps, saves those too.');
  return { question, sentences };
}
