import type { FileTree } from '../migrations/migration.ts';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../sql/effect.ts';

/** What a repository's own files tell about its tests, its Postgres and a migration tool whose migrations are code. */
export type Hints = {
  /** A command that most likely runs the tests, and the file that says so. */
  readonly tests: Hint | undefined;
  /** Every major version that an image of Postgres names, with the first file that does, in the order of the versions. */
  readonly versions: readonly { readonly version: PostgresVersion; readonly path: string }[];
  /** The command of a tool whose migrations are code, and the file that tells the tool. */
  readonly command: Hint | undefined;
};

export type Hint = { readonly command: string; readonly path: string };

/** Looks at a few files of the repository's top, and at its workflows. Runs nothing and never throws for a file. */
export async function lookAround(tree: FileTree): Promise<Hints> {
  return {
    tests: await firstHint(tree, TESTS),
    versions: await imageVersions(tree),
    command: await firstHint(tree, COMMANDS),
  };
}

type Clue = {
  readonly path: string;
  /** The command when this text of the file tells of it. */
  readonly command: (text: string, tree: FileTree) => string | undefined | Promise<string | undefined>;
};

const when =
  (command: string, mark = /^/) =>
  (text: string): string | undefined =>
    mark.test(text) ? command : undefined;

/** First match wins. */
const TESTS: readonly Clue[] = [
  { path: 'package.json', command: packageTest },
  { path: 'Makefile', command: when('make test', /^test\s*:(?!=)/m) },
  { path: 'justfile', command: when('just test', /^test\b[^:=\n]*:(?!=)/m) },
  { path: 'pytest.ini', command: when('pytest') },
  { path: 'pyproject.toml', command: when('pytest', /^\[tool\.pytest\b/m) },
  { path: 'manage.py', command: when('python manage.py test') },
  { path: 'mix.exs', command: when('mix test') },
  { path: 'bin/rails', command: when('bin/rails test') },
  { path: 'artisan', command: when('php artisan test') },
  { path: 'go.mod', command: when('go test ./...') },
  { path: 'Cargo.toml', command: when('cargo test') },
  { path: 'gradlew', command: when('./gradlew test') },
  { path: 'mvnw', command: when('./mvnw test') },
];

/** Commands of tools whose migrations are code (docs/migration-tools.md); `rehearsal.command` watches them. */
const COMMANDS: readonly Clue[] = [
  { path: 'manage.py', command: when('python manage.py migrate', /django/i) },
  { path: 'bin/rails', command: when('bin/rails db:migrate') },
  { path: 'alembic.ini', command: when('alembic upgrade head') },
  { path: 'artisan', command: when('php artisan migrate --force') },
  { path: 'mix.exs', command: when('mix ecto.migrate', /:ecto_sql\b/) },
  { path: 'knexfile.js', command: when('npx knex migrate:latest') },
  { path: 'knexfile.ts', command: when('npx knex migrate:latest') },
  { path: 'package.json', command: when('npx node-pg-migrate up', /"node-pg-migrate"\s*:/) },
  { path: 'package.json', command: when('npx knex migrate:latest', /"knex"\s*:/) },
  { path: 'package.json', command: when('npx sequelize-cli db:migrate', /"sequelize-cli"\s*:/) },
  { path: 'package.json', command: when('npx mikro-orm migration:up', /"@mikro-orm\/migrations"\s*:/) },
  { path: '.sequelizerc', command: when('npx sequelize-cli db:migrate') },
];

async function firstHint(tree: FileTree, clues: readonly Clue[]): Promise<Hint | undefined> {
  for (const { path, command } of clues) {
    const text = await readable(tree, path);
    const found = text === undefined ? undefined : await command(text, tree);
    if (found !== undefined) return { command: found, path };
  }
  return undefined;
}

/** A missing file, a link and one that is too large are all no clue. */
async function readable(tree: FileTree, path: string): Promise<string | undefined> {
  return tree.read(path).then(
    (content) => content.subarray(0, MOST_BYTES).toString('utf8'),
    () => undefined,
  );
}

/** More of a file is not looked through. */
const MOST_BYTES = 256 * 1024;

const LOCKFILES = [
  ['pnpm-lock.yaml', 'pnpm test'],
  ['yarn.lock', 'yarn test'],
  ['bun.lock', 'bun run test'],
  ['bun.lockb', 'bun run test'],
] as const;

async function packageTest(text: string, tree: FileTree): Promise<string | undefined> {
  const script = testScript(text);
  // What `npm init` writes in place of tests.
  if (script === undefined || script.includes('no test specified')) return undefined;
  for (const [path, command] of LOCKFILES) {
    if ((await readable(tree, path)) !== undefined) return command;
  }
  return 'npm test';
}

function testScript(text: string): string | undefined {
  try {
    const script: unknown = JSON.parse(text)?.scripts?.test;
    return typeof script === 'string' ? script : undefined;
  } catch {
    return undefined;
  }
}

const COMPOSE = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
  '.devcontainer/docker-compose.yml',
];

/** The official image and the well-known ones built on it; a tag that begins with anything but the major is no hint. */
const IMAGE =
  /\bimage:\s*['"]?(?:docker\.io\/)?(?:(?:library|bitnami)\/)?(?:postgres|postgis\/postgis|postgresql|pgvector\/pgvector):(?:pg)?(\d+)\b/g;

async function imageVersions(tree: FileTree): Promise<Hints['versions']> {
  const workflows = (await tree.list('.github/workflows').catch(() => [])).filter((path) =>
    /\.ya?ml$/.test(path),
  );
  const found = new Map<PostgresVersion, string>();
  for (const path of [...COMPOSE, ...workflows.slice(0, MOST_WORKFLOWS)]) {
    for (const [, major] of (await readable(tree, path))?.matchAll(IMAGE) ?? []) {
      const version = POSTGRES_VERSIONS.find((known) => String(known) === major);
      if (version !== undefined && !found.has(version)) found.set(version, path);
    }
  }
  return [...found].map(([version, path]) => ({ version, path })).sort((a, b) => a.version - b.version);
}

const MOST_WORKFLOWS = 50;
