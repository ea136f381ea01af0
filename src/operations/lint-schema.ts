import { UserError } from '../errors.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import type { Catalog } from '../sql/catalog.ts';
import { readSchemaText } from '../sql/dump.ts';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../sql/effect.ts';
import { loadParser } from '../sql/parse.ts';
import { NEWEST } from './judged-by.ts';

/** Where the schema before the change is read from. */
export type SchemaSource = {
  readonly file: { readonly path: string; readonly read: () => Promise<Buffer> } | undefined;
  readonly databaseUrl: Secret | undefined;
};

export type KnownSchema = { readonly catalog: Catalog | undefined; readonly version: PostgresVersion };

const MOST_WARNINGS = 10;
const ASK = 'Say which version to judge by with --postgres.';
const OLDER = `Dump the schema of a server of Postgres ${NEWEST} or older.`;

/**
 * The schema before the change, when one is named, and the version to judge by: the one asked for, else the policy's,
 * else what the source itself says, else the newest.
 * @throws UserError when both sources are named, for a file that is no SQL, and for a dump of a newer server.
 */
export async function readSchema(
  world: World,
  { file, databaseUrl }: SchemaSource,
  versions: { readonly asked: PostgresVersion | undefined; readonly policy: PostgresVersion | undefined },
): Promise<KnownSchema> {
  if (file !== undefined && databaseUrl !== undefined) {
    throw new UserError('The schema is named twice: as a file and as a database.', {
      hint: 'Give --schema, or --database-url, not both.',
    });
  }
  const wanted = versions.asked ?? versions.policy;
  if (databaseUrl !== undefined) return fromDatabase(world, databaseUrl, versions.asked);
  if (file !== undefined) return fromFile(world, file, wanted);
  return { catalog: undefined, version: wanted ?? NEWEST };
}

async function fromDatabase(
  world: World,
  url: Secret,
  asked: PostgresVersion | undefined,
): Promise<KnownSchema> {
  world.mask(url);
  // Late, so that a lint without a database does not load its driver.
  const { parseServerUrl } = await import('../postgres/url.ts');
  const { catalogOf } = await import('./live-catalog.ts');
  const facts = parseServerUrl(url);
  world.mask(facts.password);
  const { catalog, version } = await catalogOf(facts);
  return { catalog, version: asked ?? supported(version, 'The server', ASK) };
}

async function fromFile(
  world: World,
  { path: file, read }: NonNullable<SchemaSource['file']>,
  wanted: PostgresVersion | undefined,
): Promise<KnownSchema> {
  const bytes = await read().catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`The schema ${file} could not be read: ${cause.code ?? cause.message}.`, {
      hint: 'Write it with: pg_dump --schema-only --file=schema.sql',
      cause,
    });
  });
  await loadParser();
  const { catalog, problems, serverVersion } = readSchemaText(bytes, file);
  for (const { line, column, message, hint } of problems.slice(0, MOST_WARNINGS))
    world.warning(
      `${file}:${line}:${column} could not be read, so what it makes is not known: ${message}. ${hint}`,
    );
  if (problems.length > MOST_WARNINGS) world.warning(`${problems.length - MOST_WARNINGS} more of ${file}.`);
  if (wanted === undefined)
    return {
      catalog,
      version:
        serverVersion === undefined
          ? NEWEST
          : supported(serverVersion, `The schema ${file}`, serverVersion > NEWEST ? OLDER : ASK),
    };
  if (serverVersion !== undefined && serverVersion > wanted) {
    throw new UserError(
      `${file} was dumped from Postgres ${serverVersion}, and the change is judged as Postgres ${wanted}.`,
      {
        hint:
          serverVersion > NEWEST
            ? OLDER
            : `Judge by ${serverVersion}, or dump the schema of a Postgres ${wanted}.`,
      },
    );
  }
  return { catalog, version: wanted };
}

function supported(version: number, what: string, hint: string): PostgresVersion {
  const known = POSTGRES_VERSIONS.find((one) => one === version);
  if (known !== undefined) return known;
  throw new UserError(`${what} is of Postgres ${version}, and Pullgres speaks for 13 to ${NEWEST}.`, {
    hint,
  });
}
