import { UserError } from '../errors.ts';
import { atlas } from './atlas.ts';
import { dbmate } from './dbmate.ts';
import { diesel } from './diesel.ts';
import { drizzle } from './drizzle.ts';
import { flyway } from './flyway.ts';
import { golangMigrate } from './golang-migrate.ts';
import { goose } from './goose.ts';
import { graphileMigrate } from './graphile-migrate.ts';
import { hasura } from './hasura.ts';
import { liquibase } from './liquibase.ts';
import type { FileTree, MigrationTool } from './migration.ts';
import { nodePgMigrate } from './node-pg-migrate.ts';
import { prisma } from './prisma.ts';
import { sqitch } from './sqitch.ts';
import { sql } from './sql.ts';
import { sqlMigrate } from './sql-migrate.ts';
import { sqlx } from './sqlx.ts';
import { supabase } from './supabase.ts';

/** Every migration tool whose files Pullgres reads, by its name in the policy. */
export const tools = {
  sql,
  dbmate,
  prisma,
  flyway,
  goose,
  'golang-migrate': golangMigrate,
  'sql-migrate': sqlMigrate,
  sqlx,
  diesel,
  'node-pg-migrate': nodePgMigrate,
  'graphile-migrate': graphileMigrate,
  drizzle,
  supabase,
  sqitch,
  liquibase,
  atlas,
  hasura,
} as const satisfies Record<string, MigrationTool>;

export type ToolName = keyof typeof tools;
export type Detected = { readonly tool: MigrationTool; readonly directory: string };

/**
 * The tools whose migrations stand there. Marks decide: plain numbered files are `sql` only where no other tool's mark,
 * name or manifest says more.
 */
async function candidates(
  tree: FileTree,
  names: readonly MigrationTool[],
  directory: string | undefined,
): Promise<readonly Detected[]> {
  const found = await Promise.all(
    names.map(async (tool) => {
      const directories = await tool.detect(tree, directory === undefined ? undefined : [directory]);
      return directories.map((each) => ({ tool: tool as MigrationTool, directory: each }));
    }),
  );
  const all = found.flat();
  const marked = new Set(all.flatMap((one) => (one.tool.name === sql.name ? [] : [one.directory])));
  return all.filter((one) => one.tool.name !== sql.name || !marked.has(one.directory));
}

/** Every tool whose migrations stand in the directory. */
export async function toolsIn(tree: FileTree, directory: string): Promise<readonly MigrationTool[]> {
  return (await candidates(tree, Object.values(tools), directory)).map(({ tool }) => tool);
}

/** The folders below the top in which migrations usually stand and do, each once; those that two tools claim are left out. */
export async function usualFolders(tree: FileTree): Promise<readonly string[]> {
  const directories = (await candidates(tree, Object.values(tools), undefined)).map((one) => one.directory);
  return directories.filter(
    (one, at) => directories.indexOf(one) === at && directories.lastIndexOf(one) === at,
  );
}

/** The tool whose mark a text bears, whatever the name of its file is. */
export function markedTool(text: string): MigrationTool | undefined {
  const all: readonly MigrationTool[] = Object.values(tools);
  return all.find(({ bears }) => bears?.(text));
}

/** The error for migrations that more than one tool or folder claims. */
export function severalError(found: readonly Detected[]): UserError {
  const places = found.map(({ tool, directory }) => `${directory} (${tool.name})`).join(', ');
  const isOneFolder = new Set(found.map(({ directory }) => directory)).size === 1;
  const message = isOneFolder
    ? `The marks of more than one migration tool stand in one folder: ${places}.`
    : `More than one folder of migrations fits: ${places}.`;
  return new UserError(message, {
    hint: 'Say which one with migrations.tool and migrations.directory in .github/pullgres.yml, or on the command line with --tool and --migrations.',
  });
}

function noneError(tool: string, directory: string | undefined): UserError {
  const where = directory === undefined ? 'No folder' : `${directory} does not look like a folder`;
  return directory === undefined
    ? new UserError(`${where} of ${tool} migrations was found.`, {
        hint: 'Name it with migrations.directory in .github/pullgres.yml.',
      })
    : new UserError(`${where} of migrations that Pullgres reads.`, {
        hint: `Pullgres reads ${Object.keys(tools).join(', ')}; name the one with migrations.tool in .github/pullgres.yml. The SQL of other tools can be given to pullgres lint --tool (docs/migration-tools.md).`,
      });
}

/** Git keeps no empty folder, so one that waits for its first migration holds a dot file such as .gitkeep. */
async function waitsForFirst(tree: FileTree, directory: string): Promise<boolean> {
  const paths = await tree.list(directory);
  if (paths.length > 0) return paths.every((path) => path.slice(path.lastIndexOf('/') + 1).startsWith('.'));
  throw new UserError(`The migrations folder ${directory} is missing or empty.`, {
    hint: 'Check the input migrations-directory, or migrations.directory in .github/pullgres.yml; links are not followed. A folder that waits for its first migration holds a .gitkeep.',
  });
}

/**
 * The tool and the folder to read, or undefined when the repository has no migrations that Pullgres knows.
 * Throws UserError when several fit, when a named folder is empty, or when a named tool's folder is not found.
 */
export async function detectTool(
  tree: FileTree,
  wish: { readonly tool: ToolName | 'auto'; readonly directory: string | undefined },
): Promise<Detected | undefined> {
  const directory = wish.directory?.replace(/\/+$/, '');
  const waits = directory !== undefined && (await waitsForFirst(tree, directory));
  if (wish.tool !== 'auto' && directory !== undefined) return { tool: tools[wish.tool], directory };
  if (waits) return undefined;
  const asked = wish.tool === 'auto' ? Object.values(tools) : [tools[wish.tool]];
  const found = await candidates(tree, asked, directory);
  if (found.length > 1) throw severalError(found);
  if (found.length === 0 && (directory !== undefined || wish.tool !== 'auto')) {
    throw noneError(wish.tool, directory);
  }
  return found[0];
}
