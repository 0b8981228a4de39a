// The page without a mouse. Enter opens a finding, as the browser has it.

const KEYS = [
  ['/', 'filter by text', () => { const search = document.getElementById('search'); if (search) { search.focus(); search.select(); } }],
  ['j', 'next finding', () => move(1)],
  ['k', 'finding before', () => move(-1)],
  ['c', 'copy the fingerprint', copyFocused],
  ['e', 'open or close what is shown', toggleAll],
  ['t', 'light or dark', () => toggleTheme()],
  ['?', 'these keys', () => document.getElementById('keys').showModal()],
];

function focused() {
  const inside = document.activeElement && document.activeElement.closest('details.finding');
  return inside || null;
}

function move(by) {
  const all = [...document.querySelectorAll('#list details.finding')];
  if (!all.length) return;
  const at = all.indexOf(focused());
  if (by > 0 && at === all.length - 1) {
    const more = document.getElementById('more');
    if (more) showMore();
    return;
  }
  const next = all[at < 0 ? 0 : Math.max(0, at + by)];
  next.firstElementChild.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

function copyFocused() {
  const node = focused();
  if (node) copy(FINDINGS[Number(node.id.slice('finding-'.length))].fingerprint, 'the fingerprint');
}

function toggleAll() {
  const all = [...document.querySelectorAll('#list details.finding')].slice(0, PAGE);
  const open = all.some((node) => !node.open);
  for (const node of all) node.open = open;
}

function isTyping(target) {
  return target.closest('input[type=search], select, textarea, dialog') !== null;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && event.target.id === 'search') {
    event.target.blur();
    if (FILTER.text) clearFilter();
    return;
  }
  if (isTyping(event.target)) return;
  const bound = KEYS.find(([key]) => key === event.key);
  if (!bound) return;
  event.preventDefault();
  bound[2]();
}

function keyHelp() {
  const dialog = el('dialog', { id: 'keys', 'aria-labelledby': 'h-keys' },
    el('h2', { id: 'h-keys' }, 'Keys'),
    el('dl', {}, [...KEYS.slice(0, 3), ['Enter', 'open or close the finding'], ...KEYS.slice(3), ['Esc', 'clear the filter']]
      .map(([key, what]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, what)])),
    button('Close', () => dialog.close()));
  return dialog;
}
