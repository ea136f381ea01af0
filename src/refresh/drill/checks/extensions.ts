import { ServerError } from '../../../postgres/connection.ts';
import { literal } from '../../../postgres/quote.ts';
import { counted, failed, names, passed } from '../judge.ts';
import { ask, type Check, type CheckContext } from './check.ts';

type Extension = { name: string; version: string; there: boolean };

const EXTENSIONS = `select e.extname as name, e.extversion as version,
    exists (select 1 from pg_catalog.pg_available_extension_versions v
      where v.name = e.extname and v.version = e.extversion) as there
  from pg_catalog.pg_extension e order by 1`;

/** Files with C functions, as CREATE FUNCTION … AS wrote them; those of the server itself are named `$libdir/…` too. */
const LIBRARIES = `select distinct p.probin as library from pg_catalog.pg_proc p
  join pg_catalog.pg_language l on l.oid = p.prolang where l.lanname = 'c' and p.probin is not null order by 1`;

/** Tries to load each library, which a function's first call would do otherwise, and gives those that cannot be. */
async function unloadable({ connection }: CheckContext): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { library } of await ask<{ library: string }>(connection, LIBRARIES)) {
    try {
      await connection.run(`load ${literal(library).trim()}`);
    } catch (error) {
      if (!(error instanceof ServerError) || error.code === '57014') throw error;
      broken.push(library);
    }
  }
  return broken;
}

export const extensions: Check = {
  name: 'extensions',
  run: async (context) => {
    const all = await ask<Extension>(context.connection, EXTENSIONS);
    const missing = all.filter(({ there }) => !there).map(({ name, version }) => `${name} ${version}`);
    const broken = await unloadable(context);
    if (missing.length + broken.length === 0) {
      return passed(`${counted(all.length, 'extension')} at the right version; all libraries load.`);
    }
    const parts = [
      missing.length > 0 ? `Not installed on this machine at that version: ${names(missing)}.` : '',
      broken.length > 0 ? `Libraries that cannot be loaded: ${names(broken)}.` : '',
    ];
    return failed(parts.filter((part) => part !== '').join(' '));
  },
};
