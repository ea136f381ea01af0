import { openConnection } from '../../src/postgres/connection.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { testServer } from '../support/postgres.ts';
import { type Files, type Shop, type ShopOptions, startShop } from '../support/shop-job.ts';

let number = 100;

/** Runs `work` on a shop with a pull-request number of its own, so that tests share one server without meeting. */
export async function withShop<T>(options: ShopOptions, work: (shop: Shop) => Promise<T>): Promise<T> {
  number += 1;
  const shop = await startShop({ ...options, pull: { number, ...options.pull } });
  try {
    return await work(shop);
  } finally {
    await shop.close();
  }
}

/** `with:` and `secrets` of a run on this file's own server. */
export async function onServer(more: Readonly<Record<string, string>> = {}) {
  const facts = await testServer();
  const url = connectionUrl(facts).reveal();
  return { with: { 'server-url': url, ...more }, secrets: [facts.password.reveal(), url] };
}

export async function ask(sql: string): Promise<readonly Record<string, unknown>[]> {
  const connection = await openConnection(await testServer(), { applicationName: 'pullgres tests' });
  try {
    return (await connection.query(sql)).rows;
  } finally {
    await connection.close();
  }
}

/** One migration file of the pull request. */
export function migration(name: string, text: string | Uint8Array): Files {
  return { [`migrations/${name}`]: text };
}

/** A comment or summary as a person reads it: without the marker, and without what keeps Markdown quiet. */
export function readable(markdown: string): string {
  return markdown
    .replace(/^<!--.*-->\n/, '')
    .replaceAll(/\\([_[\]*<>])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}
