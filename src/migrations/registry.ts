import { UserError } from '../errors.ts';
import { dbmate } from './dbmate.ts';
import type { FileTree, MigrationTool } from './migration.ts';
import { prisma } from './prisma.ts';
import { sql } from './sql.ts';

/** Every migration tool that Pullgres reads, by its name in the policy. */
export const tools = { sql, dbmate, prisma } as const satisfies Record<string, MigrationTool>;

export type ToolName = keyof typeof tools;
export type Detected = { readonly tool: MigrationTool; readonly directory: string };

async function candidates(
  tree: FileTree,
  names: readonly MigrationTool[],
  directory: string | undefined,
): Promise<readonly Detected[]> {
  const found = await Promise.all(
    names.map(async (tool) => {
      const directories = await tool.detect(tree, directory === undefined ? undefined : [directory]);
      return directories.map((each) => ({ tool, directory: each }));
    }),
  );
  return found.flat();
}

function severalError(found: readonly Detected[]): UserError {
  const names = found.map(({ tool, directory }) => `${directory} (${tool.name})`).join(', ');
  return new UserError(`More than one folder of migrations fits: ${names}.`, {
    hint: 'Say which one with migrations.tool and migrations.directory in .github/pullgres.yml.',
  });
}

function noneError(tool: string, directory: string | undefined): UserError {
  const where = directory === undefined ? 'No folder' : `${directory} does not look like a folder`;
  return directory === undefined
    ? new UserError(`${where} of ${tool} migrations was found.`, {
        hint: 'Name it with migrations.directory in .github/pullgres.yml.',
      })
    : new UserError(`${where} of migrations that Pullgres reads.`, {
        hint: `Pullgres reads ${Object.keys(tools).join(', ')}; name the one with migrations.tool in .github/pullgres.yml. Flyway, Goose and others are not read yet.`,
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
