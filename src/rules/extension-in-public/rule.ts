import { identifierText } from '../../sql/identifier.ts';
import { strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { optionOf } from '../options.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Their control files fix the schema. */
const SETTLED = new Set([
  'plpgsql',
  'pg_cron',
  'pgsodium',
  'adminpack',
  'timescaledb_toolkit',
  'pg_net',
  'topology',
]);

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('CreateExtensionStmt' in node)) return [];
  const { extname: name = '', options } = node.CreateExtensionStmt;
  const arg = optionOf(options, 'schema')?.arg;
  const schema = arg === undefined ? catalog.searchPath.find((one) => one !== '$user') : strings([arg])[0];
  if (schema !== 'public' || SETTLED.has(name)) return [];
  return [
    {
      relation: undefined,
      part: name,
      message: `What ${code(name)} brings stands among the tables of ${code('public')}, where everybody finds it, and an API that shows the schema shows it too.`,
      help: `Write ${code('CREATE SCHEMA IF NOT EXISTS extensions')} and ${code(`CREATE EXTENSION ${identifierText(name)} SCHEMA extensions`)}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'extension-in-public',
  section: 'security',
  title: 'An extension in the schema public',
  condition: 'An extension is created without a schema of its own, or in `public`.',
  effect: 'Its functions and types stand among the application’s tables, and in every search path.',
  workaround: 'Give extensions a schema.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateExtensionStmt'],
  check,
};
