// What was scanned, what was not and why, what is hidden.

function gapItem(gap) {
  const rest = gap.count - gap.examples.length;
  return el('li', {}, el('b', {}, `${number(gap.count)} ${gap.reason}`), `: ${gap.way_out}`,
    el('ul', { class: 'examples' }, gap.examples.map(({ place, detail }) =>
      el('li', { class: 'path' }, el('bdi', {}, place), detail && `: ${detail}`)),
    rest > 0 && el('li', {}, `and ${number(rest)} more`)));
}

function leftItem(left) {
  const names = (left.examples || []).join(', ');
  return el('li', {}, `${number(left.count)} ${left.detail}`, names && [': ', el('bdi', {}, names)]);
}

function coverage() {
  const { complete, not_scanned, out_of_scope, notes } = DATA.coverage;
  const list = (title, items) => items.length > 0 && [el('h3', {}, title), el('ul', {}, items)];
  return el('section', { id: 'coverage', 'aria-labelledby': 'h-coverage' },
    el('h2', { id: 'h-coverage' }, 'Coverage'),
    el('p', {}, complete
      ? [badge('ok', 'complete'), ' Everything in scope was scanned: ']
      : [badge('fix-first', 'incomplete'), ` ${count(incomplete(), 'thing')} in scope not scanned. Scanned: `], scannedText(), '.'),
    list('Not scanned', not_scanned.map(gapItem)),
    list('Out of scope', out_of_scope.map(leftItem)),
    list('Hidden', DATA.hidden.map(({ count: n, detail }) => el('li', {}, `${number(n)} ${detail}`))),
    list('Notes', notes.map((note) => el('li', {}, note))));
}
