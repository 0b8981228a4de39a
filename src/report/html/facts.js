// What the report holds, and what follows from it: state and group of each finding.

const DATA = JSON.parse(document.getElementById('data').textContent);
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];
const ENVIRONMENTS = ['production', 'staging', 'development', 'test', 'shared', 'example'];
const STATES = {
  files: 'in files',
  head: 'at HEAD',
  history: 'only in history',
  commit: 'in a commit',
  lost: 'unreachable',
  setting: 'setting',
};
const FINDINGS = DATA.findings;
// What git keeps for itself, such as logs of references, is no file that anybody works with.
const OWN_FILE = /(^|\/)\.git\//;
const INVENTORY = DATA.inventory || [];
const LAUNCH = DATA.launch || [];
const SECRETS = FINDINGS.filter((finding) => !finding.lint);

const IN_FILES = ['file', 'staged', 'stdin', 'member'];

function stateOf(finding) {
  if (finding.lint && finding.provider === 'environment lint') return 'setting';
  const files = finding.places.filter((place) => IN_FILES.includes(place.kind) && !place.part);
  if (files.some((place) => !finding.exposure || !OWN_FILE.test(place.location.path))) return 'files';
  if (finding.exposure && !finding.exposure.reachable) return 'lost';
  if (finding.exposure ? finding.exposure.at_head : finding.places.some((place) => place.at_head)) return 'head';
  // What other scanners report does not say whether it is still there.
  return finding.exposure || finding.places.some((place) => place.at_head === false) ? 'history' : 'commit';
}

function spot(location) {
  return `${location.path}\n${location.byte_start}`;
}

function where(location) {
  return location.path.startsWith('<') && location.line === 1 ? location.path : `${location.path}:${location.line}`;
}

// A check of the lint about a secret's own place belongs to that secret.
function joinToSecrets() {
  const at = new Map();
  for (const secret of SECRETS) {
    for (const place of secret.places) at.set(spot(place.location), secret.fingerprint);
  }
  for (const finding of FINDINGS) {
    const known = finding.lint && finding.location && at.get(spot(finding.location));
    finding.secret_of = known || finding.fingerprint;
  }
}

function prepare() {
  joinToSecrets();
  FINDINGS.forEach((finding, index) => {
    finding.index = index;
    finding.state = stateOf(finding);
    const paths = finding.places.map((place) => place.location.path);
    const texts = [finding.title, finding.rule, finding.provider, finding.masked, finding.message, finding.fingerprint,
      finding.lint ? finding.lint.key : '', ...new Set(paths)];
    finding.text = texts.join('\n').toLowerCase();
  });
}

function short(fingerprint) {
  return fingerprint.slice(0, fingerprint.startsWith('w-') ? 10 : 8);
}

// `xoxb-…ZBIL` of `xoxb-…ZBIL · fp 4ca52109`.
function masked(finding) {
  return finding.masked.split(' · ')[0];
}

prepare();
