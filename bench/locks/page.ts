import { blockedBy, LOCK_MODES, POSTGRES_VERSIONS } from '../../src/sql/effect.ts';
import { AREA_TITLES, ASKED } from './page-words.ts';
import { runsOf, type Truth } from './truth.ts';
import { WORLD } from './world.ts';

/** The truth table for people: pages by their path below docs/. The first one leads to the others. */
export function lockPages(truths: readonly Truth[]): ReadonlyMap<string, string> {
  const areas = [...new Set(truths.map(({ area }) => area))].sort();
  return new Map([
    ['locks.md', overview(truths, areas)],
    ...areas.map((area) => [`locks/${area}.md`, areaPage(truths, area)] as const),
  ]);
}

function overview(truths: readonly Truth[], areas: readonly string[]): string {
  const measured = truths.reduce((sum, { shown }) => sum + shown.size, 0);
  return [
    '# What Postgres locks, rewrites and scans',
    '',
    `${truths.length} statements, run on real servers of every version from ${POSTGRES_VERSIONS[0]} to ${POSTGRES_VERSIONS.at(-1)}: ${measured} results. Each`,
    'was run in a transaction that was rolled back, with every lock read from `pg_locks` before that; one that refuses a',
    'transaction was watched from a second session. Rewrites, scans and index builds come from the server’s own DEBUG',
    'messages, from its statistics, and from files that changed. Nothing here is written by hand: `npm run locks`',
    'measures all of it again.',
    '',
    '## The modes',
    '',
    ...modes(),
    '',
    '## The most asked',
    '',
    ...statementTable(asked(truths)),
    '',
    '## All of them',
    '',
    ...areas.map((area) => {
      const own = truths.filter((truth) => truth.area === area).length;
      return `- [${AREA_TITLES[area] ?? area}](locks/${area}.md): ${own}`;
    }),
    '',
    'The tables, with rows in them, that the statements run on:',
    '',
    '```sql',
    WORLD.trim(),
    '```',
    '',
  ].join('\n');
}

/** In the order in which they are listed. Throws when the table has no such case. */
function asked(truths: readonly Truth[]): readonly Truth[] {
  return ASKED.map((sql) => {
    const found = truths.find((truth) => truth.sql === sql && truth.given === undefined);
    if (found === undefined) throw new Error(`The truth table has no case ${sql}.`);
    return found;
  });
}

/** The mode's lock on a table keeps these out (documentation 13.3.1). */
function modes(): readonly string[] {
  const rows = [...LOCK_MODES].reverse().map((mode) => {
    const { reads, writes, ddl } = blockedBy(mode);
    const waits = [reads && 'reads', writes && 'writes', ddl && 'schema changes'].filter(Boolean);
    return [`\`${mode}\``, waits.length === 0 ? 'no reads and no writes' : waits.join(', ')];
  });
  return markdownTable(['mode', 'what waits for it'], rows);
}

function areaPage(truths: readonly Truth[], area: string): string {
  const own = truths.filter((truth) => truth.area === area);
  const groups = [...new Set(own.map(({ given }) => given))];
  return [
    `# Locks: ${AREA_TITLES[area] ?? area}`,
    '',
    'On the tables of [the overview](../locks.md#all-of-them). Relations in the schema `public` stand without it.',
    '',
    ...groups.flatMap((given) => [
      ...(given === undefined ? [] : ['After:', '', '```sql', given.trim(), '```', '']),
      ...statementTable(own.filter((truth) => truth.given === given)),
      '',
    ]),
  ].join('\n');
}

const HEAD = ['statement', 'Postgres', 'locks', 'work', 'transaction'];

function statementTable(truths: readonly Truth[]): readonly string[] {
  return markdownTable(HEAD, truths.flatMap(rowsOf));
}

/** One row for versions next to each other that showed the same; the statement stands in the first. */
function rowsOf({ sql, shown }: Truth): readonly (readonly string[])[] {
  return runsOf(shown).map(({ name, one }, place) => {
    const versions = name.replace('-', '–');
    const statement = place === 0 ? inline(sql) : '';
    if ('refused' in one) return [statement, versions, `refused: ${plain(one.refused)}`, '', ''];
    return [
      statement,
      versions,
      locksCell(one.locks),
      workCell(one),
      one.transaction === 'alone' ? 'no' : 'yes',
    ];
  });
}

function locksCell(locks: readonly string[]): string {
  const held = locks.map((lock) => lock.split(/ (?=\w+$)/) as [string, string]);
  const byMode = [...LOCK_MODES].reverse().flatMap((mode) => {
    const names = held.flatMap(([name, found]) => (found === mode ? [inline(short(name))] : []));
    return names.length === 0 ? [] : [`${mode}: ${names.join(', ')}`];
  });
  return byMode.length === 0 ? 'none' : byMode.join('<br>');
}

type Work = Readonly<Record<'rewrites' | 'scans' | 'builds', readonly string[]>>;

function workCell({ rewrites, scans, builds }: Work): string {
  const parts = [
    ['rewrites', rewrites],
    ['scans', scans],
    ['builds an index on', builds],
  ] as const;
  return parts
    .flatMap(([verb, names]) =>
      names.length === 0 ? [] : [`${verb} ${names.map((name) => inline(short(name))).join(', ')}`],
    )
    .join('<br>');
}

function short(name: string): string {
  return name.replace(/^public\./, '');
}

/** SQL as code in a table's cell: on one line, between enough backticks. */
function inline(sql: string): string {
  const line = sql.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``;
}

function plain(text: string): string {
  return text.replaceAll('|', '\\|').replace(/[<>*_`[\]]/g, '\\$&');
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
