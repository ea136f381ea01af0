import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import type { Evidence } from '../../src/evidence/schema.ts';
import { reportFindings } from '../../src/report/findings.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { manyMigrations } from '../support/many.ts';
import { SCENARIOS } from '../support/scenarios.ts';
import { type OpenPage, opened, startBrowser } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [400, 1200] as const;
const LOOKS = SCHEMES.flatMap((colorScheme) => WIDTHS.map((width) => ({ colorScheme, width })));

const PAGES: Readonly<Record<string, Evidence>> = {
  ...SCENARIOS,
  hostile: hostileEvidence(11, 12),
  many: manyMigrations(6, 4),
};
const fail = SCENARIOS.fail as Evidence;

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const viewport = (width: number) => ({ viewport: { width, height: 900 } });
const number = (page: OpenPage, expression: string) => page.evaluate<number>(expression);

/** Everything unfolded, as a reader may have it. */
const UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; })";

async function violations(page: OpenPage): Promise<string[]> {
  await page.evaluate(AXE);
  const run = `axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'] })`;
  const found = await page.evaluate<AxeResults>(run);
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`,
  );
}

for (const [name, evidence] of Object.entries(PAGES)) {
  test(`axe finds nothing in ${name}, and nothing scrolls the page sideways or is loaded`, async () => {
    const html = renderHtml(evidence);
    for (const { colorScheme, width } of LOOKS) {
      await opened(browser, html, { colorScheme, bypassCSP: true, ...viewport(width) }, async (page) => {
        await page.evaluate(UNFOLD);
        assert.deepEqual(await violations(page), [], `${name}, ${colorScheme}, ${width}`);
        const over = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        assert.equal(await number(page, over), 0, `${name} is too wide at ${width}`);
        assert.equal(page.requests.length, 1);
      });
    }
  });
}

test('axe would find what is wrong: this test looks', async () => {
  const bad = renderHtml(fail)
    .replace('lang="en"', '')
    .replaceAll('--dim:#57606a', '--dim:#cccccc')
    .replaceAll('h1>', 'h6>');
  await opened(browser, bad, { bypassCSP: true, ...viewport(1200) }, async (page) => {
    const ids = (await violations(page)).map((words) => words.split(':')[0]);
    for (const id of ['html-has-lang', 'color-contrast', 'page-has-heading-one'])
      assert.ok(ids.includes(id), id);
  });
});

test('without JavaScript all is there, and nothing complains', async () => {
  const options = { javaScriptEnabled: false, ...viewport(1200) };
  await opened(browser, renderHtml(fail), options, async (page) => {
    assert.match(await page.locator('h1').innerText(), /^Do not merge yet\s*:\s*1 finding must be resolved$/);
    for (const id of ['findings', 'timeline', 'migrations', 'schema', 'data', 'evidence'])
      assert.ok(await page.locator(`#${id} > h2`).isVisible(), id);
    const json = page.locator('.json summary');
    await json.click();
    const record = JSON.parse(await page.locator('.json pre').innerText()) as Evidence;
    assert.deepEqual(record, JSON.parse(JSON.stringify(fail)));
  });
});

test('its own policy stops a script that would be in it all the same', async () => {
  const html = renderHtml(fail).replace('</main>', '<script>document.title = "run"</script></main>');
  await opened(browser, html, viewport(1200), async (page) => assert.notEqual(await page.title(), 'run'));
});

test('the Tab key reaches the way to the report, each bar of the timeline and each region that scrolls', async () => {
  for (const width of WIDTHS) {
    await opened(browser, renderHtml(fail), viewport(width), async (page) => {
      const stops = await tabStops(page, 60);
      assert.equal(stops[0], 'A.skip #report');
      for (const [kind, selector] of [
        ['A.bar', 'a.bar'],
        ['DIV.scroll', '.scroll'],
      ] as const) {
        const reached = stops.filter((stop) => stop.startsWith(kind)).length;
        assert.equal(reached, await page.locator(selector).count(), `${kind} at ${width}`);
      }
    });
  }
});

/** What has the focus after each press of Tab, until it comes around. */
async function tabStops(page: OpenPage, most: number): Promise<string[]> {
  const focused =
    "(({ tagName, className, baseVal, href }) => tagName.toUpperCase() + '.' + String(className.baseVal ?? className).split(' ')[0] + ' ' + (href?.baseVal ?? (href ? new URL(href).hash : '')))(document.activeElement)";
  const stops: string[] = [];
  while (stops.length < most) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<string>(focused);
    if (stop.startsWith('BODY')) break;
    stops.push(stop);
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    assert.notEqual(await page.evaluate<string>(outline), 'none', `the focus on ${stop} cannot be seen`);
  }
  return stops;
}

test('a bar says its statement to who points at it or comes by Tab, and leads to it even where it is folded away', async () => {
  const many = manyMigrations(12, 6);
  await opened(browser, renderHtml(many), viewport(1200), async (page) => {
    const bar = page.locator('a.bar').first();
    const tip = bar.locator('.tip');
    assert.equal(await tip.isVisible(), false);
    await bar.hover();
    assert.match((await tip.textContent()) ?? '', /ALTER TABLE public\./);
    assert.ok(await tip.isVisible());
    await page.mouse.move(0, 0);
    assert.equal(await tip.isVisible(), false);
    await page.keyboard.press('Tab');
    await bar.focus();
    assert.ok(await tip.isVisible());
    await page.keyboard.press('Enter');
    const target = page.locator('article:target');
    assert.match(await target.innerText(), /ALTER TABLE public\./);
    assert.ok(await target.isVisible());
  });
});

test('a bar’s name for a screen reader is its lock, table, time and statement', async () => {
  await opened(browser, renderHtml(fail), viewport(1200), async (page) => {
    const tree = await page.locator('#timeline').ariaSnapshot();
    assert.match(
      tree,
      /link "SHARE on public\.orders for 4\.1 s, blocks writes .* CREATE INDEX orders_customer_idx/,
    );
  });
});

test('on paper stands every finding and every statement, folded or not, on white, and nothing of the JSON', async () => {
  const many = manyMigrations(12, 3);
  await opened(browser, renderHtml(many), { colorScheme: 'dark', ...viewport(1200) }, async (page) => {
    const paper = textOf(await page.pdf({ format: 'A4' }));
    for (const { finding } of reportFindings(many)) {
      const [, name = ''] = finding.place.file.split('migrations/');
      assert.ok(paper.includes(`${name}:${finding.place.line}`), name);
    }
    // Each statement stands in its migration, which is folded.
    assert.equal(paper.match(/ALTERTABLEpublic\.\w+ADDCOLUMNnote_\d_0text/g)?.length, 36);
    assert.ok(!paper.includes('"fingerprint"'));
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const ground = 'getComputedStyle(document.body).backgroundColor';
    assert.equal(await page.evaluate<string>(ground), 'rgb(255, 255, 255)');
  });
});

/** The text of a PDF without its white space, which line ends may fall into. */
function textOf(pdf: Buffer): string {
  const { stdout, status, error } = spawnSync('pdftotext', ['-', '-'], { input: pdf, encoding: 'utf8' });
  assert.equal(status, 0, error?.message);
  return stdout.replaceAll(/\s+/g, '');
}
