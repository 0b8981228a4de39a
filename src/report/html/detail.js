// What a finding says when it is opened. Made then, not before.

function fact(name, ...value) {
  return [el('dt', {}, name), el('dd', {}, ...value)];
}

function commitText(commit) {
  return [el('code', {}, commit.id.slice(0, 12)), commit.author_time ? ` of ${day(commit.author_time)}` : ''];
}

// Where generated code comes from, by its source map.
function madeFrom(place) {
  return place.original ? `, from ${place.original.path}:${place.original.line}:${place.original.column}` : '';
}

function placeRow(place) {
  const encoded = [place.encoding, place.part, place.kind === 'file' || place.kind === 'blob' ? '' : place.kind];
  return el('tr', {},
    el('td', { class: 'path' }, el('bdi', {}, `${where(place.location)}:${place.location.column}${madeFrom(place)}`)),
    el('td', {}, place.commit ? commitText(place.commit) : OWN_FILE.test(place.location.path) ? 'kept by git' : IN_FILES.includes(place.kind) ? 'in the files' : ''),
    el('td', {}, place.at_head === null || place.at_head === undefined ? '' : place.at_head ? 'at HEAD' : 'no longer at HEAD'),
    el('td', { class: 'dim' }, encoded.filter(Boolean).join(', ')));
}

// All places, a hundred at a time.
function placesTable(places) {
  const body = el('tbody');
  let shown = 0;
  const more = button('', () => next(), { class: 'quiet' });
  const next = () => {
    body.append(...places.slice(shown, shown + 100).map(placeRow));
    shown = Math.min(shown + 100, places.length);
    more.hidden = shown === places.length;
    more.textContent = `${number(places.length - shown)} more places`;
  };
  next();
  const heads = ['Place', 'Commit', 'State', ''].map((head) => (head ? el('th', { scope: 'col' }, head) : el('td')));
  return [el('table', { class: 'places' }, el('thead', {}, el('tr', {}, heads)), body), more];
}

function names(list) {
  return list.map((name) => [el('code', {}, el('bdi', {}, name)), ' ']);
}

function exposureFacts(exposure) {
  const days = [
    exposure.days_at_head !== null && `${count(exposure.days_at_head, 'day')} at HEAD`,
    exposure.reachable && exposure.days_reachable !== null && `reachable for ${count(exposure.days_reachable, 'day')}`,
    !exposure.reachable && 'in no branch or tag, only in objects that git keeps for a while',
  ].filter(Boolean).join(', ');
  const commits = (list) => list.slice(0, 20).map((commit) => el('div', {}, commitText(commit)));
  const release = exposure.first_release;
  return [
    exposure.introduced.length > 0 && fact('Introduced', commits(exposure.introduced)),
    exposure.removed.length > 0 && fact('Removed', commits(exposure.removed)),
    fact('Exposed', days, days && '; ', `${count(exposure.refs_leading, 'reference leads', 'references lead')} to it`),
    exposure.branches.length > 0 && fact('Branches', names(exposure.branches)),
    exposure.tags.length > 0 && fact('Tags', names(exposure.tags)),
    release && fact('First release', el('code', {}, el('bdi', {}, release.tag)), release.time ? ` of ${day(release.time)}` : ''),
  ];
}

function steps(finding) {
  const { console, steps } = finding.rotation;
  return el('div', { class: 'todo' },
    el('h3', { class: 'sub' }, 'What to do'),
    el('ol', {}, steps.map((step) => el('li', {}, step))),
    console && el('p', {}, 'Where: ', link(console)),
    finding.docs && el('p', { class: 'dim' }, link(finding.docs, 'About this rule')));
}

function related(locations) {
  return locations.slice(0, 50).map((location) => el('div', { class: 'path' }, el('bdi', {}, where(location))));
}

function detail(finding) {
  const excerpt = finding.places.length ? finding.places[0].excerpt : '';
  const { lint } = finding;
  const fingerprint = el('code', { class: 'fingerprint' }, finding.fingerprint);
  return el('div', { class: 'detail' },
    el('div', { class: 'says' },
      el('p', {}, finding.message),
      excerpt && el('pre', { class: 'excerpt', tabindex: '0', 'aria-label': 'The line, masked' }, el('code', {}, excerpt)),
      el('dl', {},
        finding.masked && fact('Value', el('code', {}, masked(finding))),
        fact('Fingerprint', fingerprint, ' ', button('Copy', () => copy(finding.fingerprint, 'the fingerprint'), { class: 'quiet copy', 'aria-label': 'Copy fingerprint' })),
        lint && lint.key && fact('Variable', el('code', {}, lint.key)),
        finding.environments.length > 0 && fact('Environment', finding.environments.join(', ')),
        lint && lint.checklist && fact('Checklist', lint.checklist, lint.fix_first ? ' (fix first)' : ' (may wait)'),
        fact('Confidence', finding.confidence, finding.reasons.length ? `: ${finding.reasons.join(', ')}` : ''),
        finding.decoded_by.length > 0 && fact('Encoded', finding.decoded_by.join(', then ')),
        lint && lint.related.length > 0 && fact('Compare', related(lint.related)),
        finding.exposure && exposureFacts(finding.exposure))),
    steps(finding),
    el('div', { class: 'all-places' }, el('h3', { class: 'sub' }, count(finding.places.length, 'place')), placesTable(finding.places)));
}
