type WayOut =
  | { readonly by: 'directive'; readonly directive: string; readonly where: string }
  | { readonly by: 'standing alone'; readonly because: string }
  | { readonly by: 'nothing' };

/** One tool of the page; src/migrations/transaction-models.ts has them all. */
export type DescribedTool = {
  readonly title: string;
  readonly sends: string;
  readonly leaves: WayOut;
  readonly timeouts: string;
  readonly sql?: string;
  readonly known: string;
};

/** How one is rehearsed; src/migrations/rehearsed-tools.ts has them all. */
export type RehearsedOnPage = {
  readonly history: string | undefined;
  readonly proof: string;
  readonly refuses: string;
};

const HEAD = `# Migration tools

How each tool sends a migration to Postgres decides what a statement locks, for how long, and whether it is refused at
all: a lock lasts until the end of its transaction, and \`CREATE INDEX CONCURRENTLY\` runs in none.

- *In a transaction* means BEGIN before the migration and COMMIT after it.
- *As one message* means that the server gets all of the text at once. Without BEGIN it makes one transaction of several
  statements, and none around a single one
  ([documentation](https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT)).
- Timeouts are best set where every migration gets them. For a role that only migrates,
  \`ALTER ROLE migrator SET lock_timeout = '2s'\` holds for every tool.
`;

const READ = `## Tools whose files are read

\`pullgres lint\` and the actions find them by their marks, names and manifests, or by \`migrations.tool\` in the policy.
`;

const CODE = `## Tools whose migrations are code

Their SQL is judged as the tool would send it: \`… | pullgres lint --tool django -\`. Text that begins with BEGIN, or that the
tool's own command printed, is judged as it stands.
`;

const REHEARSED = `## Rehearsed without the tool

A rehearsal sends each file as its tool would and notes it where the tool would, checksums included, so that the tool run
afterwards finds nothing pending. The note is part of the migration's own transaction where the tool opens one. What a tool
would do otherwise is refused before anything runs. A run of the tool as proof is done again by \`npm run test:tools\`: a
rehearsal and then the tool, the tool and then the reading of its history, and the way back. node-pg-migrate and Drizzle put
all pending migrations into one transaction; a rehearsal gives each its own.
`;

/** docs/migration-tools.md. */
export function migrationToolsPage(
  tools: Readonly<Record<string, DescribedTool>>,
  isRead: (name: string) => boolean,
  rehearsed: Readonly<Record<string, RehearsedOnPage>>,
): string {
  const [read, code] = [true, false].map((wanted) =>
    Object.entries(tools).filter(([name]) => isRead(name) === wanted),
  );
  const parts = [HEAD, READ, table(read ?? [], false), '', REHEARSED, rehearsals(tools, rehearsed), ''];
  return [...parts, CODE, table(code ?? [], true), ''].join('\n');
}

function table(tools: readonly (readonly [string, DescribedTool])[], withSql: boolean): string {
  const head = [
    'tool',
    'how it sends a migration',
    'out of the transaction',
    'timeouts',
    withSql ? 'SQL' : 'known from',
  ];
  const rows = tools.map(([name, { title, sends, leaves, timeouts, sql = '', known }]) => [
    `${title} (\`${name}\`)`,
    withSql ? `${sends} (${known.replace(/\.$/, '')})` : sends,
    wayOut(leaves),
    timeouts,
    withSql ? sql : known,
  ]);
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function rehearsals(
  tools: Readonly<Record<string, DescribedTool>>,
  rehearsed: Readonly<Record<string, RehearsedOnPage>>,
): string {
  const head = ['tool', 'noted in', 'refused', 'proved by'];
  const rows = Object.entries(rehearsed).map(([name, { history, proof, refuses }]) => [
    tools[name]?.title ?? name,
    history === undefined ? '' : `\`${history}\``,
    refuses,
    proof,
  ]);
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function wayOut(leaves: WayOut): string {
  if (leaves.by === 'directive') return `\`${leaves.directive}\` ${leaves.where}`;
  if (leaves.by === 'nothing') return 'None: run the statement outside the tool.';
  return `The statement alone in its migration: ${leaves.because}.`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
