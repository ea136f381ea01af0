import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
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
  many: manyMigrations(12, 6),
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

const WORDS = "document.body.innerText.replaceAll(/\\s+/g, ' ')";

test('without JavaScript all is there, and nothing complains', async () => {
  const options = { javaScriptEnabled: false, ...viewport(1200) };
  await opened(browser, renderHtml(fail), options, async (page) => {
    assert.equal(
      await page.locator('h1').innerText(),
      'Do not merge yet\n: \n1 finding must be resolved'.replace(/\n: /, ': '),
      'h1',
    );
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
      const want = [
        ...(await page.locator('a.bar').evaluateAll<string[]>('(all) => all.map(() => "A.bar")')),
        ...(await page.locator('.scroll').evaluateAll<string[]>('(all) => all.map(() => "DIV.scroll")')),
      ];
      for (const kind of new Set(want)) {
        const reached = stops.filter((stop) => stop.startsWith(kind)).length;
        assert.equal(reached, want.filter((one) => one === kind).length, `${kind} at ${width}`);
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

test('on paper stands every finding, every statement and nothing of the JSON', async () => {
  const many = manyMigrations(12, 3);
  await opened(browser, renderHtml(many), { colorScheme: 'dark', ...viewport(1200) }, async (page) => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const shown = await page.evaluate<string>(WORDS);
    const hidden =
      "[...document.querySelectorAll('article, .findings > li')].filter((one) => one.checkVisibility() === false || one.getBoundingClientRect().height === 0).length";
    assert.equal(await number(page, hidden), 0);
    for (const { finding } of reportFindings(many))
      assert.ok(shown.includes(`${finding.place.file}:${finding.place.line}`));
    assert.equal(
      await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'),
      'rgb(255, 255, 255)',
    );
    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pagesOf(pdf) >= 3, `${pagesOf(pdf)} pages`);
    assert.ok(!shown.includes('"fingerprint"'));
  });
});

/** Chromium counts its pages in the page tree, in a stream that may be packed. */
function pagesOf(pdf: Buffer): number {
  const text = pdf.toString('latin1');
  const packed = [...text.matchAll(/stream\r?\n/g)].map(({ index, 0: { length } }) =>
    unpacked(pdf.subarray(index + length)),
  );
  return [text, ...packed].reduce((sum, part) => sum + (part.match(/\/Type\s*\/Page\b/g)?.length ?? 0), 0);
}

function unpacked(bytes: Buffer): string {
  try {
    return inflateSync(bytes, { finishFlush: 2 }).toString('latin1');
  } catch {
    return '';
  }
}
