// Variables by environment: what each has, and which have one and the same secret. Never a value.

const WORDS = { present: 'set', missing: '–', empty: 'empty', placeholder: 'placeholder', reference: 'reference', encrypted: 'encrypted' };

// Letters for secrets that stand in more than one cell: by fingerprint, or by what the row itself says.
function sameGroups() {
  const cells = new Map();
  const add = (id, row, environment) => {
    if (!cells.has(id)) cells.set(id, []);
    cells.get(id).push(`${row.key}\n${environment}`);
  };
  for (const row of INVENTORY) {
    for (const [environment, cell] of Object.entries(row.environments)) if (cell.startsWith('fp:')) add(cell, row, environment);
    row.same_as.forEach((group, at) => {
      const named = group.filter((environment) => !row.environments[environment].startsWith('fp:'));
      if (named.length > 1) named.forEach((environment) => add(`${row.key} ${at}`, row, environment));
    });
  }
  const letters = new Map();
  let next = 0;
  for (const spots of cells.values()) {
    if (spots.length < 2) continue;
    const letter = next < 26 ? String.fromCharCode(65 + next) : `A${next - 25}`;
    next += 1;
    for (const one of spots) letters.set(one, letter);
  }
  return letters;
}

function cell(row, environment, letters) {
  const state = row.environments[environment] || 'missing';
  const isSecret = state.startsWith('fp:') || state.startsWith('w-');
  const letter = letters.get(`${row.key}\n${environment}`);
  if (!isSecret) return el('td', { class: `cell ${state}` }, WORDS[state] || state);
  return el('td', { class: 'cell secret' }, 'secret',
    letter && el('span', { class: `same s${(letter.charCodeAt(letter.length - 1) + letter.length) % 6}`, title: `The same value as every other ${letter}` }, letter));
}

function variable(row, environments, letters) {
  const notes = [row.mode && badge(row.mode), row.client_exposed && badge('client', 'to clients')];
  const more = row.origins.length - 1;
  return el('tr', {},
    el('th', { scope: 'row' }, el('code', {}, row.key), ' ', notes),
    environments.map((environment) => cell(row, environment, letters)),
    el('td', { class: 'dim' }, row.class),
    el('td', { class: 'dim' }, row.owner || ''),
    el('td', { class: 'dim' }, row.rotated || '', row.rotate_every ? ` (${row.rotate_every})` : ''),
    el('td', { class: 'path dim' }, el('bdi', {}, row.origins[0] || ''), more > 0 && ` +${more}`));
}

function matrix() {
  const rows = INVENTORY;
  if (!rows.length) return null;
  const used = ENVIRONMENTS.filter((environment) => rows.some((row) => (row.environments[environment] || 'missing') !== 'missing'));
  const letters = sameGroups();
  const heads = [...used.map((name) => el('th', { scope: 'col', class: 'environment' }, name)),
    ...['Class', 'Owner', 'Rotated', 'Set at'].map((head) => el('th', { scope: 'col' }, head))];
  return el('section', { id: 'environments', 'aria-labelledby': 'h-environments' },
    el('h2', { id: 'h-environments' }, 'Environments ', el('span', { class: 'dim' }, count(rows.length, 'variable'))),
    letters.size > 0 && el('p', { class: 'dim' }, 'Cells with the same letter hold one and the same secret.'),
    el('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Variables by environment' },
      el('table', { class: 'matrix' },
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Variable'), heads)),
        el('tbody', {}, rows.map((row) => variable(row, used, letters))))));
}
