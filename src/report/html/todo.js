// What to do: a checklist for each rule that found a secret, and after a leak the purge.

const VALUES = 12;

function checkbox(...text) {
  return el('label', { class: 'check' }, el('input', { type: 'checkbox' }), el('span', {}, ...text));
}

function valueItem(finding) {
  const state = finding.in_use === undefined ? STATES[finding.state] : finding.in_use ? 'in use' : 'not in use here';
  return el('li', {}, checkbox(el('code', {}, finding.masked || short(finding.fingerprint)), ' ',
    el('span', { class: 'dim' }, finding.location ? el('bdi', {}, where(finding.location)) : '', `, ${state}`)));
}

function rotation(rule, list) {
  const { title, rotation: { console, steps } } = list[0];
  const rest = list.length - VALUES;
  return el('div', { class: 'card' },
    el('h3', {}, badge(list[0].severity), ' ', title, ' ', el('span', { class: 'dim' }, rule)),
    el('ul', { class: 'values' }, list.slice(0, VALUES).map(valueItem),
      rest > 0 && el('li', { class: 'dim' }, `and ${number(rest)} more, in the list above`)),
    el('ol', {}, steps.map((step) => el('li', {}, step))),
    console && el('p', {}, 'Where: ', link(console)));
}

function checklist() {
  const rules = new Map();
  for (const secret of SECRETS.filter((one) => one.severity !== 'info')) {
    if (!rules.has(secret.rule)) rules.set(secret.rule, []);
    rules.get(secret.rule).push(secret);
  }
  if (!rules.size) return null;
  return el('section', { id: 'rotation', 'aria-labelledby': 'h-rotation' },
    el('h2', { id: 'h-rotation' }, 'Rotation checklist'),
    el('p', { class: 'dim' }, 'Whoever has seen a secret has it until it is rotated, whatever is deleted here.'),
    el('div', { class: 'cards' }, [...rules].map(([rule, list]) => rotation(rule, list))));
}

function command(text) {
  return el('div', { class: 'command' },
    el('pre', { tabindex: '0', 'aria-label': 'Command' }, el('code', {}, text)),
    button('Copy', () => copy(text, 'the command'), { class: 'quiet copy', 'aria-label': 'Copy command' }));
}

function purge() {
  const { audit } = DATA;
  if (!audit || !audit.steps.length) return null;
  const list = (title, lines) => lines.length > 0 && [el('h3', {}, title), el('ul', {}, lines.map((text) => el('li', {}, text)))];
  return el('section', { id: 'purge', 'aria-labelledby': 'h-purge' },
    el('h2', { id: 'h-purge' }, 'Purge plan'),
    el('ol', { class: 'purge' }, audit.steps.map((step) => el('li', {}, checkbox(step.text), step.commands.map(command)))),
    list('The plan does not take out', audit.by_hand),
    list('Out of reach', audit.out_of_reach));
}
