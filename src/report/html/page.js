// Puts the page together.

const LINKS = { verdict: 'Verdict', findings: 'Findings', timeline: 'Exposure', rotation: 'Rotation', purge: 'Purge', environments: 'Environments', coverage: 'Coverage' };

function isDark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function toggleTheme() {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  nameTheme();
}

function nameTheme() {
  document.getElementById('theme').textContent = isDark() ? 'Light theme' : 'Dark theme';
}

function masthead(sections) {
  return el('header', {},
    el('div', { class: 'brand' }, el('b', {}, 'ringfence'), el('span', { class: 'dim' }, el('bdi', {}, DATA.subject), DATA.subject && ' · ', day(DATA.now))),
    el('nav', { 'aria-label': 'Sections' }, sections.map(({ id }) => el('a', { href: `#${id}` }, LINKS[id]))),
    el('div', { class: 'tools' },
      button('Keys', () => document.getElementById('keys').showModal(), { class: 'quiet' }),
      button('', toggleTheme, { class: 'quiet', id: 'theme' })));
}

function footer() {
  return el('footer', { class: 'dim' }, `ringfence ${DATA.tool.version}${DATA.tool.rules ? `, ${count(DATA.tool.rules, 'rule')}` : ''}. `,
    'No secret value is in this page; a fingerprint names a value, it does not hold it. Nothing is loaded from anywhere.');
}

function start() {
  const sections = [verdict(), findings(), timeline(), checklist(), purge(), matrix(), DATA.kind !== 'inventory' && coverage()].filter(Boolean);
  const main = document.getElementById('page');
  main.before(masthead(sections));
  main.append(...sections);
  main.after(footer(), keyHelp(), el('div', { id: 'said', role: 'status' }));
  if (document.getElementById('list')) showFindings();
  nameTheme();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', nameTheme);
  document.addEventListener('keydown', onKey);
  addEventListener('beforeprint', () => { if (document.getElementById('list')) showAll(); });
}

start();
