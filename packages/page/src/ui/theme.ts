import { byId, setText } from './dom.js';

type Theme = 'light' | 'dark';
const KEY = 'kindling-theme';

/** Storage may be refused (private windows, blocked cookies): the theme then lasts as long as the page. */
function remembered(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The button that switches between light and dark; until it is used the page follows the system. */
export function installTheme(): void {
  const button = byId<HTMLButtonElement>('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  const shown = (): Theme => (root.dataset.theme as Theme | undefined) ?? (system.matches ? 'dark' : 'light');
  const name = (): void => setText(button, shown() === 'dark' ? 'Light theme' : 'Dark theme');
  const stored = remembered();
  if (stored) root.dataset.theme = stored;
  name();
  system.addEventListener('change', name);
  button.addEventListener('click', () => {
    const next: Theme = shown() === 'dark' ? 'light' : 'dark';
    root.dataset.theme = next;
    name();
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Not kept, but in force.
    }
  });
}
