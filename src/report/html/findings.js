// The list of findings: a line each, opened for the rest.

// Lines made at once; more are made when asked for, so that thousands of findings open as fast as ten.
const PAGE = 200;
let limit = PAGE;

function line(finding) {
  const more = finding.places.length - 1;
  const place = finding.location ? where(finding.location) : '';
  const summary = el('summary', {},
    badge(finding.severity),
    el('span', { class: 'what' }, finding.lint ? finding.message : finding.title, ' ', el('span', { class: 'rule dim' }, finding.rule)),
    el('span', { class: 'path' }, el('bdi', {}, place), more > 0 && el('span', { class: 'dim' }, ` +${number(more)}`)),
    el('span', { class: 'value' }, finding.masked && el('code', {}, finding.masked)),
    el('span', { class: `state ${finding.state}` }, finding.state === 'setting' ? finding.environments.join(', ') : STATES[finding.state]));
  return el('details', {
    class: 'finding', id: `finding-${finding.index}`,
    toggle: (event) => {
      const own = event.currentTarget;
      if (own.open && own.children.length === 1) own.append(detail(finding));
    },
  }, summary);
}

function groupHead(name, group) {
  if (FILTER.group === 'none' || (FILTER.group === 'secret' && group.length < 2)) return null;
  const secret = group.find((finding) => !finding.lint && finding.masked) || group[0];
  const title = FILTER.group === 'secret' ? [el('code', {}, secret.masked || short(name)), ' ', secret.title] : el('bdi', {}, name);
  return el('h3', { class: 'group' }, title, ' ', el('span', { class: 'dim' }, count(group.length, 'finding')));
}

// The groups, as far as the limit goes.
function groupNodes(findings) {
  const nodes = [];
  let left = limit;
  for (const [name, group] of grouped(findings)) {
    if (left <= 0) break;
    nodes.push(el('div', { class: 'together' }, groupHead(name, group), group.slice(0, left).map(line)));
    left -= group.length;
  }
  return nodes;
}

function showFindings(keepLimit) {
  if (!keepLimit) limit = PAGE;
  const matching = FINDINGS.filter(fits);
  const list = document.getElementById('list');
  const open = new Set([...list.querySelectorAll('details[open]')].map((node) => node.id));
  list.classList.toggle('long', limit > PAGE && matching.length > PAGE);
  list.replaceChildren(...groupNodes(matching));
  for (const node of list.querySelectorAll('details')) node.open = open.has(node.id);
  if (!matching.length) list.append(el('p', { class: 'nothing' }, 'No finding fits.'));
  const rest = matching.length - limit;
  if (rest > 0) {
    list.append(el('p', { class: 'more' },
      button(`Show ${number(Math.min(PAGE, rest))} more`, showMore, { id: 'more' }), ' ',
      button(`Show all ${number(matching.length)}`, showAll, { class: 'quiet', id: 'all' })));
  }
  document.getElementById('matching').textContent = `${number(matching.length)} of ${count(FINDINGS.length, 'finding')}`;
  document.getElementById('clear').hidden = !isFiltered();
}

function showMore() {
  const last = document.querySelectorAll('#list summary').length;
  limit += PAGE;
  showFindings(true);
  const next = document.querySelectorAll('#list summary')[last];
  if (next) next.focus();
}

function showAll() {
  limit = Infinity;
  showFindings(true);
}

// Opens a finding from elsewhere on the page; whatever hides it is cleared.
function openFinding(finding) {
  if (!fits(finding)) clearFilter();
  if (!document.getElementById(`finding-${finding.index}`)) showAll();
  const node = document.getElementById(`finding-${finding.index}`);
  node.open = true;
  node.firstElementChild.focus();
  node.scrollIntoView({ block: 'center' });
}

function findings() {
  if (DATA.kind === 'inventory' || !FINDINGS.length) return null;
  return el('section', { id: 'findings', 'aria-labelledby': 'h-findings' },
    el('h2', { id: 'h-findings' }, 'Findings'), toolbar(), el('div', { id: 'list' }));
}
