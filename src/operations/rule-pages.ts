import { readFile } from 'node:fs/promises';
import { rules } from '../rules/registry.ts';

/** Beside the bundles; scripts/build.ts writes it. */
export const PAGES_FILE = 'rule-pages.json';

/** Every rule's page in Markdown, by name. In a bundle one file holds them all, otherwise each stands in its rule's folder. */
export async function rulePages(): Promise<ReadonlyMap<string, string>> {
  if (!import.meta.url.endsWith('.ts')) {
    const text = await readFile(new URL(`./${PAGES_FILE}`, import.meta.url), 'utf8');
    return new Map(Object.entries(JSON.parse(text)));
  }
  const pages = rules.map(async ({ slug }): Promise<[string, string]> => {
    const page = new URL(`../rules/${slug}/doc.md`, import.meta.url);
    return [slug, await readFile(page, 'utf8')];
  });
  return new Map(await Promise.all(pages));
}
