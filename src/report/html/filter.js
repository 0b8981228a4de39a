// Which findings are shown, and in which groups.

const FILTER = { text: '', severities: new Set(), rule: '', environment: '', state: '', group: 'secret' };

const GROUPS = {
  secret: ['secret', (finding) => finding.secret_of],
  rule: ['rule', (finding) => finding.rule],
  file: ['file', (finding) => (finding.location ? finding.location.path : '')],
  environment: ['environment', (finding) => finding.environments.join(', ') || 'no environment'],
  none: ['nothing', (finding) => String(finding.index)],
};

function fits(finding) {
  const { text, severities, rule, environment, state } = FILTER;
  return (!severities.size || severities.has(finding.severity))
    && (!rule || finding.rule === rule)
    && (!environment || finding.environments.includes(environment))
    && (!state || finding.state === state)
    && text.split(/\s+/).every((word) => finding.text.includes(word));
}

// Groups in the order of their worst finding, which is that of the report.
function grouped(findings) {
  const groups = new Map();
  const key = GROUPS[FILTER.group][1];
  for (const finding of findings) {
    const name = key(finding);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(finding);
  }
  return groups;
}

function isFiltered() {
  const { text, severities, rule, environment, state } = FILTER;
  return Boolean(text || severities.size || rule || environment || state);
}

function clearFilter() {
  Object.assign(FILTER, { text: '', severities: new Set(), rule: '', environment: '', state: '' });
  document.getElementById('search').value = '';
  for (const name of ['rule', 'environment', 'state']) document.getElementById(`by-${name}`).value = '';
  for (const chip of document.querySelectorAll('.chip')) chip.setAttribute('aria-pressed', 'false');
  showFindings();
}

function severityChip([severity, n]) {
  return button([severity, ' ', el('b', {}, number(n))], (event) => {
    const { severities } = FILTER;
    if (!severities.delete(severity)) severities.add(severity);
    event.currentTarget.setAttribute('aria-pressed', String(severities.has(severity)));
    showFindings();
  }, { class: `chip ${severity}`, 'aria-pressed': 'false' });
}

// A list of what there is, each with its number of findings; nothing if there is only one.
function choice(name, label, values, titles = {}) {
  const counts = new Map();
  for (const finding of FINDINGS) {
    for (const value of values(finding)) counts.set(value, (counts.get(value) || 0) + 1);
  }
  const options = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, n]) => el('option', { value }, `${titles[value] || value} (${number(n)})`));
  const select = el('select', {
    id: `by-${name}`,
    change: (event) => { FILTER[name] = event.target.value; showFindings(); },
  }, el('option', { value: '' }, 'all'), options);
  return el('label', { class: 'choice' }, el('span', {}, label), select);
}

function groupChoice() {
  const options = Object.entries(GROUPS).map(([value, [title]]) => el('option', { value }, title));
  return el('label', { class: 'choice' }, el('span', {}, 'Group by'),
    el('select', { id: 'by-group', change: (event) => { FILTER.group = event.target.value; showFindings(); } }, options));
}

function toolbar() {
  const search = el('input', {
    id: 'search', type: 'search', placeholder: 'Filter by text   /', 'aria-label': 'Filter findings by text', autocomplete: 'off', spellcheck: 'false',
    input: (event) => { FILTER.text = event.target.value.trim().toLowerCase(); showFindings(); },
  });
  return el('div', { class: 'toolbar', role: 'search', 'aria-label': 'Filter findings' },
    el('div', { class: 'line' }, search,
      el('div', { class: 'chips', role: 'group', 'aria-label': 'Severity' }, bySeverity(FINDINGS).filter(([, n]) => n).map(severityChip))),
    el('div', { class: 'line' },
      choice('rule', 'Rule', (finding) => [finding.rule]),
      choice('environment', 'Environment', (finding) => finding.environments),
      choice('state', 'State', (finding) => [finding.state], STATES),
      groupChoice(),
      el('span', { id: 'matching', class: 'dim', role: 'status' }),
      button('Clear', clearFilter, { id: 'clear', class: 'quiet', hidden: true })));
}
