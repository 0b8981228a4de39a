// Opens HTML reports in Chromium as a person would, with the network off, and tries what they promise.
//
// usage: node .ci/look-at-pages.mjs NODE_MODULES CHROMIUM FOLDER      (.ci/try-html makes the reports in FOLDER)
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, executablePath, folder] = process.argv.slice(2);
const require = createRequire(path.join(modules, 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// What a browser would ask of its maker stays unasked; playwright gives it a new profile each time.
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const FIRST_PAINT_MS = 2000;

const browser = await chromium.launch({ executablePath, headless: true, args });
console.log(`    Chromium ${browser.version()}`);

const report = (name) => JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));

// A page, and what it logs and asks for. `close` fails if it logged or asked for anything.
async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.setOffline(true);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const address = `file://${folder}/${name}.html`;
  const odd = [];
  page.on('console', (message) => odd.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => odd.push(`error: ${error.message}`));
  page.on('request', (request) => { if (request.url() !== address) odd.push(`request: ${request.url()}`); });
  await page.goto(address);
  const close = async () => {
    assert.deepEqual(odd, [], name);
    await context.close();
  };
  return { page, close };
}

const visible = (page, selector) => page.locator(selector).count();
const matching = (page) => page.locator('#matching').textContent();

async function seriousFaults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}

const tries = {
  async 'every page opens without a word and is accessible in light and dark'() {
    const names = readdirSync(folder).filter((name) => name.endsWith('.html')).map((name) => name.slice(0, -5));
    assert.ok(names.length >= 10, names.join());
    const backgrounds = new Set();
    for (const colorScheme of ['light', 'dark']) {
      for (const name of names) {
        const { page, close } = await open(name, { colorScheme });
        await page.evaluate(() => [...document.querySelectorAll('#list details')].slice(0, 5).forEach((node) => { node.open = true; }));
        assert.deepEqual(await seriousFaults(page), [], `${name}, ${colorScheme}`);
        backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, fullPage: name !== 'many' });
        await close();
      }
    }
    assert.equal(backgrounds.size, 2);
  },

  async 'the verdict, the rows and the coverage are those of the report'() {
    const { page, close } = await open('check');
    const { launch } = report('check');
    const states = await page.locator('.launch tbody tr .badge').allTextContents();
    const words = { 'fix-first': 'fix first', defer: 'may wait', ok: 'ok', 'not-checked': 'not checked' };
    assert.deepEqual(states, launch.map((row) => words[row.state]));
    const first = launch.filter((row) => row.state === 'fix-first').length;
    assert.equal(await page.locator('h1').textContent(), `${first} of ${launch.length} questions to fix first`);
    await close();
    const incomplete = await open('incomplete');
    assert.match(await incomplete.page.locator('#verdict').textContent(), /Incomplete.*1 thing in scope could not be scanned/);
    assert.match(await incomplete.page.locator('#coverage').textContent(), /1 not-found: check the spelling/);
    await incomplete.close();
    const nothing = await open('nothing');
    assert.equal(await nothing.page.locator('h1').textContent(), 'Nothing found');
    await nothing.close();
  },

  async 'filters by severity, rule, environment, state and text show what fits and count it'() {
    const { page, close } = await open('check');
    const { findings } = report('check');
    const expect = async (fits, what) => {
      const wanted = findings.filter(fits).length;
      assert.ok(wanted > 0 && wanted < findings.length, `${what} tells findings apart`);
      assert.equal(await visible(page, '#list details'), wanted, what);
      assert.equal(await matching(page), `${wanted} of ${findings.length} findings`, what);
      await page.click('#clear');
      assert.equal(await visible(page, '#list details'), findings.length);
    };
    await page.click('.chip.critical');
    await expect((one) => one.severity === 'critical', 'severity');
    await page.click('.chip.critical');
    await page.click('.chip.high');
    await expect((one) => ['critical', 'high'].includes(one.severity), 'two severities');
    await page.selectOption('#by-rule', 'stripe-secret-key');
    await expect((one) => one.rule === 'stripe-secret-key', 'rule');
    await page.selectOption('#by-environment', 'staging');
    await expect((one) => one.environments.includes('staging'), 'environment');
    await page.selectOption('#by-state', 'history');
    await expect((one) => !one.lint && one.places.every((place) => place.kind === 'blob'), 'state');
    await page.fill('#search', 'NOTIFY.js slack');
    await expect((one) => one.rule === 'slack-bot-token', 'text');
    await page.fill('#search', 'no such thing');
    assert.equal(await page.locator('#list').textContent(), 'No finding fits.');
    await close();
  },

  async 'findings of one secret stand together, and other groups can be had'() {
    const { page, close } = await open('check');
    const group = page.locator('.together', { has: page.locator('.group', { hasText: 'Stripe live secret key' }) });
    assert.equal(await group.count(), 1);
    assert.ok(await group.locator('details').count() > 1, 'with what the lint says of its place');
    await page.selectOption('#by-group', 'file');
    const files = new Set(report('check').findings.map((one) => one.location.path));
    assert.equal(await visible(page, '.group'), files.size);
    await close();
  },

  async 'a finding opens with its facts, places and steps, and its fingerprint can be copied'() {
    const { page, close } = await open('check');
    const { findings } = report('check');
    const wanted = findings.find((one) => one.rule === 'slack-bot-token');
    const row = page.locator('#list details', { has: page.locator('.rule', { hasText: /^slack-bot-token$/ }) });
    assert.equal(await row.locator('.detail').count(), 0, 'made when it is opened');
    await row.locator('summary').click();
    await row.locator('.detail').waitFor();
    const text = await row.locator('.detail').textContent();
    for (const part of [wanted.message, wanted.fingerprint, wanted.exposure.introduced[0].id.slice(0, 12), wanted.exposure.removed[0].id.slice(0, 12), ...wanted.rotation.steps]) {
      assert.ok(text.includes(part), part);
    }
    assert.equal(await row.locator('.places tbody tr').count(), wanted.places.length);
    const console = row.locator(`a[href="${wanted.rotation.console}"]`);
    assert.equal(await console.getAttribute('rel'), 'noreferrer noopener');
    await row.locator('button.copy').first().click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), wanted.fingerprint);
    assert.equal(await page.locator('#said').textContent(), 'Copied the fingerprint');
    await close();
  },

  async 'keys do what a mouse does, and the focus is seen'() {
    const { page, close } = await open('check');
    const { findings } = report('check');
    const focused = () => page.evaluate(() => document.activeElement.closest('details.finding')?.id);
    const first = await page.locator('#list details').first().getAttribute('id');
    await page.keyboard.press('j');
    assert.equal(await focused(), first);
    await page.keyboard.press('j');
    const second = await focused();
    assert.notEqual(second, first);
    await page.keyboard.press('k');
    assert.equal(await focused(), first);
    assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'solid');
    await page.keyboard.press('Enter');
    await page.locator(`#${first} .detail`).waitFor();
    await page.keyboard.press('c');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), findings[Number(first.split('-')[1])].fingerprint);
    await page.keyboard.press('/');
    await page.keyboard.type('slack jtek');
    assert.equal(await page.locator('#search').inputValue(), 'slack jtek', 'letters typed are letters');
    await page.keyboard.press('Escape');
    assert.equal(await matching(page), `${findings.length} of ${findings.length} findings`);
    const scheme = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await scheme();
    await page.keyboard.press('t');
    assert.notEqual(await scheme(), before);
    await page.keyboard.press('?');
    assert.ok(await page.locator('dialog').isVisible());
    await page.keyboard.press('Escape');
    assert.ok(!await page.locator('dialog').isVisible());
    await close();
  },

  async 'everything is reached by Tab alone'() {
    const { page, close } = await open('check');
    const reachable = await page.evaluate(() => [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')].filter((node) => node.checkVisibility()).length);
    const seen = new Set();
    await page.evaluate(() => document.body.focus());
    for (let step = 0; step < reachable; step += 1) {
      await page.keyboard.press('Tab');
      seen.add(await page.evaluate(() => {
        window.order ??= [];
        if (!window.order.includes(document.activeElement)) window.order.push(document.activeElement);
        return window.order.indexOf(document.activeElement);
      }));
    }
    assert.equal(seen.size, reachable);
    await close();
  },

  async 'the timeline has a bar for each secret of the history, and opens it'() {
    const { page, close } = await open('check');
    const exposed = report('check').findings.filter((one) => one.exposure);
    assert.equal(await visible(page, '.timeline li'), exposed.length);
    const label = await page.locator('.timeline li', { hasText: 'Slack' }).locator('svg').getAttribute('aria-label');
    assert.equal(label, 'Introduced 2025-03-01, removed 2025-03-02, still in the history, first released in v1.0');
    await page.locator('.timeline li', { hasText: 'Slack' }).locator('button').click();
    assert.match(await page.locator('#list details[open] summary').textContent(), /slack-bot-token/);
    await close();
  },

  async 'the matrix says which environments have one secret, and no value'() {
    for (const name of ['check', 'converted', 'env', 'inventory']) {
      const { page, close } = await open(name);
      const row = page.locator('.matrix tr', { hasText: 'PAYMENTS_KEY' });
      assert.deepEqual(await row.locator('.same').allTextContents(), ['A', 'A'], name);
      assert.match(await page.locator('.matrix tr', { hasText: 'PORT' }).textContent(), /PORT.*set.*set/, name);
      await close();
    }
  },

  async 'an audit has the checklist and the purge, with commands to copy'() {
    const { page, close } = await open('audit');
    const { audit, findings } = report('audit');
    assert.equal(await visible(page, '#purge .purge > li'), audit.steps.length);
    assert.equal(await visible(page, '#rotation .values input'), findings.length);
    await page.locator('#purge button.copy').first().click();
    const [first] = audit.steps.flatMap((step) => step.commands);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), first);
    await close();
  },

  async 'nothing of a repository becomes markup or script, and every odd character is shown'() {
    for (const name of ['hostile', 'hostile-audit']) {
      const { page, close } = await open(name);
      await page.keyboard.press('e');
      await page.waitForFunction(() => [...document.querySelectorAll('#list details')].every((node) => node.querySelector('.detail')));
      await page.evaluate(() => document.querySelectorAll('#list summary').forEach((node) => node.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }))));
      const { findings } = report(name);
      const paths = new Set(findings.flatMap((one) => one.places.map((place) => place.location.path)));
      assert.ok(paths.size >= 17, `${paths.size} paths`);
      const found = await page.evaluate(() => ({
        pwned: window.pwned,
        foreign: document.querySelectorAll('img, iframe, object, embed, b > svg, base, form, [onerror], [onload], [onmouseover], [style*=url]').length,
        scripts: document.scripts.length,
        addresses: [...document.links].map((link) => link.protocol),
        odd: [...document.body.textContent].filter((c) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(c)).length,
        text: document.getElementById('page').textContent,
      }));
      assert.equal(found.pwned, undefined);
      assert.deepEqual([found.foreign, found.scripts, found.odd], [0, 2, 0]);
      assert.ok(found.addresses.every((protocol) => ['https:', 'http:', 'file:'].includes(protocol)), found.addresses.join());
      const shown = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069]/g, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
      for (const one of paths) assert.ok(found.text.includes(shown(one)), `${one} is shown as it is written`);
      await close();
    }
  },

  async 'the policy stops script and loading even if markup got in'() {
    const context = await browser.newContext();
    const page = await context.newPage();
    const stopped = [];
    await page.goto(`file://${folder}/check.html`);
    page.on('requestfinished', (request) => assert.fail(`loaded ${request.url()}`));
    page.on('requestfailed', (request) => stopped.push(request.failure().errorText));
    await page.evaluate(() => {
      document.getElementById('page').innerHTML += '<img src="nothing.html" onerror="window.pwned=1"><a href="#" onclick="window.pwned=1" id="bait">x</a>';
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
    });
    await page.evaluate(() => document.getElementById('bait').click());
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.deepEqual(stopped, ['csp']);
    await context.close();
  },

  async 'five thousand findings are painted within two seconds, all can be had, and filters keep up'() {
    const { page, close } = await open('many');
    const painted = await page.evaluate(() => new Promise((resolve) => {
      new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint').forEach((entry) => resolve(entry.startTime)))
        .observe({ type: 'paint', buffered: true });
    }));
    const ready = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd);
    const total = report('many').findings.length;
    assert.ok(total >= 5000, `${total} findings`);
    const fitting = report('many').findings.filter((one) => one.location.path.startsWith('settings-07')).length;
    assert.ok(painted < FIRST_PAINT_MS, `first paint after ${painted} ms`);
    assert.equal(await visible(page, '#list details'), 200);
    const filtered = await page.evaluate(() => {
      const begun = performance.now();
      const search = document.getElementById('search');
      search.value = 'settings-07';
      search.dispatchEvent(new Event('input'));
      document.body.getBoundingClientRect();
      return performance.now() - begun;
    });
    assert.equal(await matching(page), `${fitting} of ${total.toLocaleString('en-US')} findings`);
    await page.click('#clear');
    await page.click('#all');
    assert.equal(await visible(page, '#list details'), total);
    console.log(`    ${total} findings: first paint ${Math.round(painted)} ms, ready ${Math.round(ready)} ms, filtered in ${Math.round(filtered)} ms`);
    await close();
  },

  async 'without scripts the page still says what was found'() {
    const { page, close } = await open('check', { javaScriptEnabled: false });
    const text = await page.locator('noscript').innerText();
    for (const part of ['Scripts are off', 'fix first', 'stripe-secret-key', '.env.production:2', 'Everything in scope was scanned']) {
      assert.ok(text.includes(part), part);
    }
    await close();
  },

  async 'on a narrow screen nothing is wider than the screen'() {
    for (const name of ['check', 'audit', 'hostile', 'inventory']) {
      const { page, close } = await open(name, { viewport: { width: 390, height: 800 } });
      const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= screen, `${name}: ${wide} of ${screen}`);
      await page.screenshot({ path: `${folder}/${name}-narrow.png` });
      await close();
    }
  },
};

let failed = 0;
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    console.log(`    ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`try-html: FAILED: ${name}: ${error.stack}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
