import { ProviderError } from '../errors.ts';
import type { TextSource } from './catalog-texts.ts';
import { copyRows, type RowSession } from './copy-rows.ts';
import type { Needles } from './needles.ts';
import { type Find, needleSearch, type Scanned } from './search-needles.ts';

/** DDL as the server or pg_dump prints it. */
export type DdlText = { readonly kind: string; readonly name: string; readonly text: string };

const SUPERUSER = 'SELECT rolsuper AS superuser FROM pg_catalog.pg_roles WHERE rolname = current_user';

/** Seeks the needles in DDL that was read already, and in what each source's query gives. */
export async function scanTexts(
  session: RowSession & { readonly serverVersion: number },
  needles: Needles,
  { sources, ddl }: { sources: readonly TextSource[]; ddl: readonly DdlText[] },
): Promise<Scanned> {
  const search = needleSearch(needles);
  const finds: Find[] = [];
  const gaps: { where: string; what: string }[] = [];
  let [bytes, places] = [0, 0];
  const look = (kind: string, name: string, text: Buffer): void => {
    bytes += text.length;
    places += 1;
    search.push(text);
    // Triggers, policies and constraints have names as tables do.
    search.push(Buffer.from(`\n${name}`));
    const hits = search.end();
    const find = { kind, name: clean(name), hits };
    if (hits.size > 0 && !finds.some((one) => isSame(one, find))) finds.push(find);
  };
  for (const { kind, name, text } of ddl) look(kind, name, Buffer.from(text));
  const superuser = (await session.query(SUPERUSER)).rows[0]?.superuser === true;
  for (const { kind, since = 0, ...source } of sources) {
    if (session.serverVersion < since) continue;
    const query = superuser ? source.query : (source.otherwise ?? source.query);
    try {
      const what = `The target refused to read each ${kind}`;
      await copyRows(session, { query, what }, ([name, text]) => {
        if (text !== undefined) look(kind, name?.toString() ?? '', text);
      });
    } catch (error) {
      if (!(error instanceof ProviderError) || error.retryable) throw error;
      gaps.push({ where: kind, what: error.message });
    }
  }
  return { bytes, places, finds, gaps };
}

/** Kinds of the catalogs' texts that are of another name in DDL. */
const IN_DDL: Readonly<Record<string, string>> = {
  'definition of extended statistics': 'statistics',
  'domain default': 'default',
  'storage option': 'option',
};

/** Whether the catalogs tell once more of a place that DDL told of, whose name is the longer one. */
function isSame(told: Find, find: Find): boolean {
  if (told.kind !== (IN_DDL[find.kind] ?? find.kind)) return false;
  const name = find.name.replace(/ column \d+$/, '');
  return told.name.includes(name) && [...find.hits.keys()].every((needle) => told.hits.has(needle));
}

function clean(name: string): string {
  return name.replaceAll(/[\r\n]+/g, ' ').slice(0, 200);
}
