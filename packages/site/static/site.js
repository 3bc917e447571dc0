// Search, loaded when it is first used, and tables that can be scrolled with the keyboard where they are wider than the page.
(() => {
  const form = document.querySelector('form[role=search]');
  const input = form.querySelector('input');
  const results = form.querySelector('ul');
  const base = document.documentElement.dataset.base;
  form.hidden = false;

  let index;
  const load = () => {
    if (index) return;
    index = [];
    const script = document.createElement('script');
    script.src = `${base}search-index.js`;
    script.onload = () => {
      index = window.siteIndex;
      show();
    };
    document.head.append(script);
  };

  /** Lower is better; undefined where not every word occurs. */
  function rank(words, [text, , about]) {
    const name = text.toLowerCase();
    const whole = `${name} ${about.toLowerCase()}`;
    if (!words.every((word) => whole.includes(word))) return undefined;
    const first = words[0];
    return (name === first ? 0 : name.startsWith(first) ? 1 : name.includes(first) ? 2 : 3) * 100 + Math.min(99, name.length);
  }

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length
      ? index
          .map((entry) => ({ entry, order: rank(words, entry) }))
          .filter(({ order }) => order !== undefined)
          .sort((a, b) => a.order - b.order)
          .slice(0, 12)
      : [];
    results.replaceChildren(
      ...found.map(({ entry: [text, address, about] }) => {
        const link = document.createElement('a');
        link.href = base + address;
        link.textContent = `${text} `;
        const small = document.createElement('small');
        small.textContent = about;
        link.append(small);
        const item = document.createElement('li');
        item.append(link);
        return item;
      }),
    );
    if (words.length && found.length === 0) results.textContent = 'nothing found';
    results.hidden = words.length === 0;
  }

  input.addEventListener('focus', load);
  input.addEventListener('input', show);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    results.querySelector('a')?.click();
  });
  form.addEventListener('keydown', (event) => {
    const links = [input, ...results.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (event.key === 'Escape') {
      results.hidden = true;
      input.focus();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      links[Math.max(0, Math.min(links.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))].focus();
    }
  });
  form.addEventListener('focusout', (event) => {
    if (!form.contains(event.relatedTarget)) results.hidden = true;
  });

  for (const wide of document.querySelectorAll('.table, pre')) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
})();
