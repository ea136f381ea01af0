import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** The real Chromium: CHROMIUM, or where Debian puts it. Root may only start it without its sandbox. */
export function startBrowser(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args });
}

export type OpenPage = Page & { readonly requests: readonly string[] };

/** Opens a page from a file, as somebody who downloaded it does; `requests` lists all that it asked for. */
export async function opened<T>(
  browser: Browser,
  html: string,
  options: BrowserContextOptions,
  use: (page: OpenPage) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'pullgres-page-'));
  const context = await browser.newContext(options);
  try {
    const path = join(directory, 'report.html');
    writeFileSync(path, html);
    const page = await context.newPage();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(path).href);
    return await use(Object.assign(page, { requests }));
  } finally {
    await context.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
