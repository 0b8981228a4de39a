// The top of the page: the answer in a sentence, what it rests on, and the rows of a launch page.

const ROW_STATES = { 'fix-first': 'fix first', defer: 'may wait', ok: 'ok', 'not-checked': 'not checked' };

function bySeverity(findings) {
  return SEVERITIES.map((severity) => [severity, findings.filter((one) => one.severity === severity).length]);
}

function incomplete() {
  return DATA.coverage.not_scanned.reduce((sum, gap) => sum + gap.count, 0);
}

// How it looks (bad, wait, good), the answer, and what it means.
function answer() {
  const gaps = incomplete();
  const missing = gaps ? `${count(gaps, 'thing')} in scope could not be scanned, so this is not the whole picture.` : '';
  if (DATA.kind === 'inventory') {
    return ['plain', count(INVENTORY.length, 'variable'), missing || 'What each environment has, without any value. Nothing else was looked at.'];
  }
  const rows = LAUNCH.filter((row) => row.state === 'fix-first').length;
  if (rows) {
    return ['bad', `${rows} of ${LAUNCH.length} questions to fix first`, missing || 'Fix these before launch; everything that could be looked at was.'];
  }
  const found = FINDINGS.length;
  const severe = FINDINGS.some((one) => one.level !== 'note');
  if (gaps) return [severe ? 'bad' : 'wait', found ? count(found, 'finding') : 'Incomplete', missing];
  if (LAUNCH.length) return ['good', 'Nothing to fix first', 'Rows that were not checked are for a person to look at.'];
  if (!found) return ['good', 'Nothing found', 'Everything in scope was scanned.'];
  const values = new Set(SECRETS.map((one) => one.fingerprint)).size;
  const checks = FINDINGS.length - SECRETS.length;
  const parts = [values && count(values, 'secret'), checks && count(checks, values ? 'other finding' : 'finding')];
  return [severe ? 'bad' : 'wait', parts.filter(Boolean).join(' and '), 'Everything in scope was scanned.'];
}

function scannedText() {
  const { files, file_bytes, members, member_bytes, blobs, blob_bytes, commits, refs } = DATA.coverage.scanned;
  const parts = [];
  if (files || !(blobs + commits)) parts.push(`${count(files, 'file')} (${size(file_bytes)})`);
  if (members) parts.push(`${count(members, 'member')} of archives (${size(member_bytes)})`);
  if (blobs + commits + refs) {
    parts.push(`${count(blobs, 'blob')} (${size(blob_bytes)})`, count(commits, 'commit'), count(refs, 'ref'));
  }
  return parts.join(', ');
}

function badge(kind, text) {
  return el('span', { class: `badge ${kind}` }, text || kind);
}

function launchRow(row) {
  return el('tr', {},
    el('td', {}, badge(row.state, ROW_STATES[row.state])),
    el('th', { scope: 'row' }, row.title),
    el('td', { class: 'dim' }, row.detail));
}

function launchTable() {
  if (!LAUNCH.length) return null;
  return el('table', { class: 'launch' },
    el('caption', { class: 'offscreen' }, 'Questions of a launch'),
    el('thead', { class: 'offscreen' }, el('tr', {}, ['State', 'Question', 'What was found or looked at']
      .map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, LAUNCH.map(launchRow)));
}

function verdict() {
  const [look, headline, meaning] = answer();
  const counts = bySeverity(FINDINGS).filter(([, n]) => n);
  return el('section', { id: 'verdict', class: `verdict ${look}`, 'aria-label': 'Verdict' },
    el('div', { class: 'answer' },
      el('div', {},
        el('h1', {}, headline),
        el('p', {}, meaning),
        DATA.kind !== 'inventory' && el('p', { class: 'dim' }, 'Scanned: ', scannedText())),
      counts.length > 0 && el('ul', { class: 'tiles', 'aria-label': 'Findings by severity' }, counts.map(([severity, n]) =>
        el('li', { class: `tile ${severity}` }, el('b', {}, number(n)), ' ', el('span', {}, severity))))),
    launchTable());
}
