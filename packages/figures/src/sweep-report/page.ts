import { openStudio, type Studio } from '../frame.js';
import { escapeXml } from '../night.js';
import { classAccuracyFigure, weightsFigure } from './class-series.js';
import { classSentences, endFigure } from './classes.js';
import { confusionFigure } from './confusion.js';
import { type GroupFacts, type SweepRecord, sweepFacts } from './facts.js';
import { type ArmStyles, accuracyFigure, armStyles, type SweepFigure, slug, testLossFigure, timesFigure } from './figures.js';
import { limits } from './limits.js';
import { PAGE_STYLE } from './page-style.js';
import { poseSentences, posesFigure } from './poses.js';
import { groupTables } from './tables.js';
import { counted, experimentTitle } from './text.js';
import { type Answer, TIME_QUESTION } from './time-words.js';
import { answers, summary } from './words.js';

/** A picture of generated samples, PNG in base64. */
export interface SamplePicture {
  readonly title: string;
  readonly png: string;
}

export interface SweepReport {
  /** One page that needs no script and nothing from elsewhere. */
  readonly html: string;
  readonly figures: readonly SweepFigure[];
  /** What the page says in words, group by group, and what it says the record cannot tell. */
  readonly groups: readonly { readonly title: string; readonly answers: readonly Answer[] }[];
  readonly limits: readonly string[];
}

export interface ReportOptions {
  readonly samples?: readonly SamplePicture[];
  /** How far the mean may fall below that of p = 0 for a threshold; .01 by default. */
  readonly margin?: number;
}

/** Text with names between backquotes as HTML. */
const prose = (text: string): string =>
  escapeXml(text)
    .replace(/`([^`]*)`/g, '<code>$1</code>')
    // `p = 0.3` and `95 %` stay on one line.
    .replaceAll('p = ', 'p\u00a0=\u00a0')
    .replaceAll(' %', '\u00a0%');

const groupTitle = ({ experiment, dataSet, steps }: GroupFacts): string =>
  `${experimentTitle(experiment)} · ${dataSet} · ${steps.toLocaleString('en')} steps`;

/** All figures that a group has data for. */
function groupFigures(studio: Studio, group: GroupFacts, styles: ArmStyles, source: string): SweepFigure[] {
  return [
    accuracyFigure(studio, group, styles, source),
    endFigure(studio, group, styles, source),
    testLossFigure(studio, group, styles, source),
    timesFigure(studio, group, styles, source),
    weightsFigure(studio, group, source),
    classAccuracyFigure(studio, group, source),
    posesFigure(studio, group, styles, source),
    confusionFigure(studio, group, source),
  ].filter((figure) => figure !== undefined);
}

/** A figure in the page: one drawing for wide windows and print, one for phones. The text beside it is the same for both. */
function figureHtml({ wide, narrow, alt }: SweepFigure): string {
  const hidden = (svg: string): string => svg.replace('role="img"', 'aria-hidden="true"');
  return `<figure role="img" aria-label="${escapeXml(alt)}"><div class="wide">${hidden(wide)}</div><div class="narrow">${hidden(narrow)}</div></figure>`;
}

/** Sentences as a list; nothing for none. */
const listHtml = (sentences: readonly string[], kind = ''): string =>
  sentences.length === 0
    ? ''
    : `<ul${kind ? ` class="${kind}"` : ''}>${sentences.map((sentence) => `<li>${prose(sentence)}</li>`).join('\n')}</ul>`;

const answerHtml = ({ question, sentences }: Answer): string => `<h3>${prose(question)}</h3>\n${listHtml(sentences)}`;

/** Where results come from, for the foot of every figure: `Kindling 0.1.0 (bddbc0b) · 2026-11-22`. */
function sourceOf({ versions, commit, date }: SweepRecord): string {
  const version = versions.kindling === undefined ? 'Kindling' : `Kindling ${versions.kindling}`;
  return `${version}${commit ? ` (${commit.slice(0, 7)})` : ''} · ${date.slice(0, 10)}`;
}

function recipeHtml(record: SweepRecord): string {
  const rows: [string, string][] = Object.entries(record.recipe)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]);
  for (const [name, { train, test, sha256 }] of Object.entries(record.data)) {
    rows.push([`data ${name}`, `${train.toLocaleString('en')} training and ${test.toLocaleString('en')} test images, SHA-256 ${sha256}`]);
  }
  const adapters = new Set(record.lines.flatMap(({ adapter }) => (adapter === undefined ? [] : [adapter])));
  if (adapters.size > 0) rows.push(['adapter', [...adapters].join('; ')]);
  rows.push([
    'versions',
    Object.entries(record.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ]);
  if (record.commit) rows.push(['commit', record.commit]);
  rows.push(['begun', record.date], ['lines', `${record.lines.length} of ${record.expected}`]);
  return `<dl>${rows.map(([key, value]) => `<dt>${escapeXml(key)}</dt><dd>${escapeXml(value)}</dd>`).join('\n')}</dl>`;
}

const samplesHtml = (samples: readonly SamplePicture[]): string =>
  samples.length === 0
    ? ''
    : `<section id="samples"><h2>Generated samples</h2>
${samples.map(({ title, png }) => `<figure class="samples"><img src="data:image/png;base64,${png}" alt="${escapeXml(title)}"><figcaption>${escapeXml(title)}</figcaption></figure>`).join('\n')}</section>`;

/** Every figure of a sweep that its record has data for. @throws InputError for two lines of the same trial */
export async function drawSweep(record: SweepRecord): Promise<SweepFigure[]> {
  const studio = await openStudio();
  const { groups } = sweepFacts(record);
  const styles = armStyles([...new Set(groups.flatMap(({ arms }) => arms))]);
  return groups.flatMap((group) => groupFigures(studio, group, styles, sourceOf(record)));
}

/**
 * The report of a sweep: recipe, figures, tables and words, all computed from the record.
 * @throws InputError for two lines of the same trial
 */
export async function sweepReport(record: SweepRecord, { samples = [], margin = 0.01 }: ReportOptions = {}): Promise<SweepReport> {
  const studio = await openStudio();
  const facts = sweepFacts(record, margin);
  const styles = armStyles([...new Set(facts.groups.flatMap(({ arms }) => arms))]);
  const parts = facts.groups.map((group) => {
    const classes = classSentences(group);
    const poses = poseSentences(group);
    const more: Answer[] = [
      ...(classes.length > 0 ? [{ question: 'Which classes?', sentences: classes }] : []),
      ...(poses.length > 0 ? [{ question: 'How are the images moved?', sentences: poses }] : []),
    ];
    return {
      group,
      title: groupTitle(group),
      answers: [...answers(group, margin), ...more],
      figures: groupFigures(studio, group, styles, sourceOf(record)),
    };
  });
  const cannot = limits(facts, record);
  const experiments = [...new Set(facts.groups.map(({ experiment }) => experimentTitle(experiment)))];
  const title = experiments.length > 0 ? experiments.join('; ') : 'A sweep without results';
  const trials = new Set(
    facts.lines.map(({ dataSet, steps, p, seed, arm, sharedWith }) =>
      [dataSet, steps, p, seed, [arm, ...(sharedWith ?? [])].sort()].join('|'),
    ),
  );
  const sections = parts.map(({ group, title: heading, answers: told, figures }) => {
    const time = told.findIndex(({ question }) => question === TIME_QUESTION);
    const [before, after] = time < 0 ? [told, []] : [told.slice(0, time), told.slice(time)];
    const [first = [], rest = []] = [figures.slice(0, 1), figures.slice(1)];
    return `<section id="${slug(group)}">
<h2>${escapeXml(heading)}</h2>
${listHtml(summary(group, margin), 'summary')}
${first.map(figureHtml).join('\n')}
${before.map(answerHtml).join('\n')}
${rest.map(figureHtml).join('\n')}
${after.map(answerHtml).join('\n')}
<details><summary>Tables</summary>
${groupTables(group)}
</details></section>`;
  });
  const nav =
    parts.length > 1
      ? `<nav>${parts.map(({ group, title: text }) => `<a href="#${slug(group)}">${escapeXml(text)}</a>`).join('\n')}</nav>`
      : '';
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}: Kindling</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeXml(title)}</h1>
<p>${escapeXml(`${counted(trials.size, 'training')}, ${counted(facts.lines.length, 'line')} of results. ${sourceOf(record)}.`)} Every number is computed from the record; an interval that holds 0 is called “not told apart”, never “equal”.</p>
</header>
${nav}
<main>
${sections.join('\n')}
<section id="limits"><h2>What this record cannot say</h2>
${listHtml(cannot)}</section>
${samplesHtml(samples)}
<section id="recipe"><h2>Recipe</h2>
${recipeHtml(record)}</section>
</main>
</body>
</html>
`;
  return {
    html,
    figures: parts.flatMap(({ figures }) => figures),
    groups: parts.map(({ title: heading, answers: told }) => ({ title: heading, answers: told })),
    limits: cannot,
  };
}
