import { byId, type Child, h } from './dom.js';

/** `trouble` interrupts a screen reader, `word` waits for a pause. */
export type NoticeKind = 'trouble' | 'word';

export interface Notice {
  readonly kind: NoticeKind;
  readonly title: string;
  readonly body: readonly Child[];
  /** Whether a person may put it away. */
  readonly closable?: boolean;
}

const shown = new Map<string, HTMLElement>();

/** Shows a notice above the recipe; one with the same key gives way to it. */
export function notify(key: string, { kind, title, body, closable = true }: Notice): void {
  const close = h('button', { type: 'button', class: 'plain', 'aria-label': `Close: ${title}` }, 'Close');
  const element = h(
    'section',
    { class: `notice ${kind}`, role: kind === 'trouble' ? 'alert' : 'status', 'data-notice': key },
    h('div', { class: 'notice-head' }, h('h2', {}, title), ...(closable ? [close] : [])),
    ...body,
  );
  close.addEventListener('click', () => dismiss(key));
  const old = shown.get(key);
  if (old) old.replaceWith(element);
  else byId('notices').append(element);
  shown.set(key, element);
}

/** Takes the notice of that key away, if there is one. */
export function dismiss(key: string): void {
  shown.get(key)?.remove();
  shown.delete(key);
}

/** Says something to screen readers that the page shows by other means. */
export function announce(text: string): void {
  const region = byId('announce');
  // The same words twice are two events.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

/** The four parts of an error as a paragraph. */
export function errorText({ subject, got, expected, next }: { subject: string; got: string; expected: string; next: string }): Child[] {
  return [
    h('p', {}, h('strong', {}, subject), `: got ${got}; expected ${expected}.`),
    ...(next ? [h('p', {}, `${next[0]!.toUpperCase()}${next.slice(1)}.`.replace(/([.?!])\.$/, '$1'))] : []),
  ];
}
