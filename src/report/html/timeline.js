// Since when each secret is in the history: a bar from its first commit to its removal, or to today.

const TIMELINE_ROWS = 40;
const WIDTH = 1000;

function millis(time) {
  return Date.parse(time);
}

function firstSeen(secret) {
  const times = secret.exposure.introduced.map((commit) => millis(commit.commit_time)).filter(Number.isFinite);
  return times.length ? Math.min(...times) : NaN;
}

function lastRemoved(secret) {
  const times = secret.exposure.removed.map((commit) => millis(commit.commit_time)).filter(Number.isFinite);
  return times.length ? Math.max(...times) : NaN;
}

// Each value once, the earliest first.
function exposed() {
  const seen = new Set();
  const once = FINDINGS.filter((secret) => {
    if (!secret.exposure || !Number.isFinite(firstSeen(secret)) || seen.has(secret.fingerprint)) return false;
    return seen.add(secret.fingerprint);
  });
  return once.sort((a, b) => firstSeen(a) - firstSeen(b));
}

function releases(secrets) {
  const tags = new Map();
  for (const { exposure: { first_release: release } } of secrets) {
    if (release && release.time) tags.set(release.tag, millis(release.time));
  }
  return [...tags].sort(([, a], [, b]) => a - b);
}

// Where a time stands between the first and today, 0 to 1.
function scaleOf(secrets) {
  const now = millis(DATA.now);
  const marks = releases(secrets).map(([, time]) => time);
  const first = Math.min(...secrets.map(firstSeen), ...marks);
  const span = Math.max(now - first, 86400000);
  return { first, now: first + span, at: (time) => Math.min(1, Math.max(0, (time - first) / span)) };
}

function told(secret) {
  const { exposure } = secret;
  const removed = exposure.removed.length > 0 && !exposure.at_head ? `, removed ${day(exposure.removed.at(-1).commit_time)}` : '';
  const now = exposure.at_head ? 'still at HEAD' : exposure.reachable ? 'still in the history' : 'in no branch any more';
  const release = exposure.first_release ? `, first released in ${exposure.first_release.tag}` : '';
  return `Introduced ${day(exposure.introduced[0].commit_time)}${removed}, ${now}${release}`;
}

function bar(from, to, kind) {
  return svg('rect', { x: from * WIDTH, y: kind === 'head' ? 4 : 7, width: Math.max(3, (to - from) * WIDTH), height: kind === 'head' ? 12 : 6, rx: 1.5, class: `bar ${kind}` });
}

function tick(at, kind) {
  const x = Math.min(WIDTH - 1.5, Math.max(1.5, at * WIDTH));
  return svg('line', { x1: x, x2: x, y1: kind === 'release' ? 0 : 2, y2: kind === 'release' ? 20 : 18, class: `tick ${kind}` });
}

// What tells it from others: what may be shown of it, or where it is.
function named(finding) {
  if (!finding.masked) return finding.location.path;
  return masked(finding) === '[redacted]' ? short(finding.fingerprint) : masked(finding);
}

function picture(secret, scale, marks) {
  const { exposure } = secret;
  const from = scale.at(firstSeen(secret));
  const removed = lastRemoved(secret);
  const left = exposure.at_head ? 1 : exposure.days_at_head === null ? from
    : Number.isFinite(removed) ? scale.at(removed) : scale.at(firstSeen(secret) + exposure.days_at_head * 86400000);
  const end = exposure.reachable ? 1 : left;
  return svg('svg', { viewBox: `0 0 ${WIDTH} 20`, preserveAspectRatio: 'none', role: 'img', 'aria-label': told(secret), class: 'track' },
    marks.map(([, time]) => tick(scale.at(time), 'release')),
    bar(from, end, 'kept'),
    left > from && bar(from, left, 'head'),
    exposure.removed.slice(0, 50).map((commit) => commit.commit_time && tick(scale.at(millis(commit.commit_time)), 'removed')));
}

function timelineRow(secret, scale, marks) {
  return el('li', {},
    button([el('span', { class: `dot ${secret.severity}` }), el('span', { class: 'name' }, secret.title), el('code', {}, named(secret))],
      () => openFinding(secret), { class: 'label', title: told(secret) }),
    picture(secret, scale, marks),
    el('span', { class: 'days' }, secret.exposure.days_reachable === null ? '' : count(secret.exposure.days_reachable, 'day')));
}

// Labels at their places, 0 to 1; what would stand on top of another is left out.
function labels(list, kind) {
  const nodes = [];
  let end = -1;
  for (const [at, text] of list) {
    const width = 0.012 + text.length * 0.0085;
    const start = Math.min(at, 1 - width);
    if (start < end) continue;
    const label = el('span', { class: kind }, el('bdi', {}, text));
    label.style.left = `${start * 100}%`;
    nodes.push(label);
    end = start + width;
  }
  return el('div', { class: 'axis' }, nodes);
}

function axis(scale, marks) {
  const date = (part) => new Date(scale.first + part * (scale.now - scale.first)).toISOString().slice(0, 10);
  const tags = marks.map(([tag, time]) => [scale.at(time), tag.length > 18 ? `${tag.slice(0, 17)}…` : tag]);
  const dates = [0, 0.25, 0.5, 0.75].map((part) => [part, date(part)]);
  return [tags.length > 0 && labels(tags, 'release'), labels([...dates, [1, 'today']], 'date')];
}

function timeline() {
  const secrets = exposed();
  if (!secrets.length) return null;
  const scale = scaleOf(secrets);
  const marks = releases(secrets);
  const list = el('ol', { class: 'timeline' }, secrets.slice(0, TIMELINE_ROWS).map((secret) => timelineRow(secret, scale, marks)));
  const rest = secrets.slice(TIMELINE_ROWS);
  const more = rest.length > 0 && button(`Show ${number(rest.length)} more`, (event) => {
    list.append(...rest.map((secret) => timelineRow(secret, scale, marks)));
    event.currentTarget.remove();
  }, { class: 'quiet' });
  return el('section', { id: 'timeline', 'aria-labelledby': 'h-timeline' },
    el('h2', { id: 'h-timeline' }, 'Exposure'),
    el('p', { class: 'legend' },
      el('span', { class: 'key head' }, 'at HEAD'), el('span', { class: 'key kept' }, 'still in the history'),
      el('span', { class: 'key removed' }, 'removed'), marks.length > 0 && el('span', { class: 'key release' }, 'release')),
    el('div', { class: 'scales' }, axis(scale, marks)),
    list, more);
}
