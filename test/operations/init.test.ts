import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parse } from 'yaml';
import { tools } from '../../src/migrations/registry.ts';
import { type InitOptions, initHere } from '../../src/operations/init.ts';
import { type InitFile, initFiles } from '../../src/operations/init-files.ts';
import { initOutput, leavesUnproven, leftAsItWas } from '../../src/operations/init-output.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { ruleNames } from '../../src/rules/names.ts';
import { checkOffered, findOwnAction } from '../support/own-actions.ts';
import { quietWorld } from '../support/quiet-world.ts';
import { lintYaml } from '../support/workflow-lint.ts';

const WORKFLOW = '.github/workflows/pullgres.yml';
const POLICY = '.github/pullgres.yml';
const SWEEP = '.github/workflows/pullgres-sweep.yml';
const PLAIN: InitOptions = { tool: 'auto', directory: undefined, server: false, force: false, dryRun: false };

type Files = Readonly<Record<string, string>>;

const made: string[] = [];
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A repository's top with these files. */
function repository(files: Files = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-init-'));
  made.push(root);
  for (const [path, text] of Object.entries({ '.git/HEAD': 'ref: refs/heads/main\n', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function begin(root: string, options: Partial<InitOptions> = {}) {
  const world = quietWorld({ workspace: root });
  made.push(world.temporary);
  return initHere(world, { ...PLAIN, ...options });
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');
const policyOf = (text: string) => parsePolicy(text, POLICY, ruleNames);

/** The text with every key that is commented out switched on. */
function switchedOn(text: string): string {
  return text.replace(/^# ( *[\w-]+:(?: |$).*)$/gm, (line, rest) =>
    /^yaml-language/.test(rest) ? line : rest,
  );
}

/** One repository for each tool whose files are read. */
const REPOSITORIES: Readonly<Record<keyof typeof tools, readonly [directory: string, files: Files]>> = {
  sql: ['migrations', { 'migrations/1.sql': '' }],
  dbmate: ['db/migrations', { 'db/migrations/1_a.sql': '-- migrate:up\nselect 1;\n-- migrate:down\n' }],
  prisma: ['prisma/migrations', { 'prisma/migrations/1_a/migration.sql': '' }],
  flyway: ['db/migration', { 'db/migration/V1__a.sql': '' }],
  goose: ['migrations', { 'migrations/1_a.sql': '-- +goose Up\nselect 1;\n' }],
  'golang-migrate': [
    'migrations',
    { 'migrations/1_a.up.sql': '', 'go.mod': 'require github.com/golang-migrate/migrate/v4 v4.18.1\n' },
  ],
  'sql-migrate': ['migrations', { 'migrations/1_a.sql': '-- +migrate Up\nselect 1;\n' }],
  sqlx: ['migrations', { 'migrations/1_a.sql': '', 'Cargo.toml': '[dependencies]\nsqlx = "0.8"\n' }],
  diesel: ['migrations', { 'migrations/2024-01-01-000000_a/up.sql': '', 'diesel.toml': '' }],
  'node-pg-migrate': ['migrations', { 'migrations/1_a.sql': '-- Up Migration\nselect 1;\n' }],
  'graphile-migrate': [
    'migrations',
    { 'migrations/committed/000001.sql': '--! Previous: -\n--! Hash: sha1:1\n\nselect 1;\n' },
  ],
  drizzle: [
    'drizzle',
    {
      'drizzle/0000_a.sql': '',
      'drizzle/meta/_journal.json': '{"dialect":"postgresql","entries":[{"tag":"0000_a","when":1}]}',
    },
  ],
  supabase: ['supabase/migrations', { 'supabase/migrations/20240101000000_a.sql': '' }],
  sqitch: ['.', { 'sqitch.plan': '%project=app\n', 'deploy/a.sql': '' }],
  liquibase: [
    'db/changelog',
    { 'db/changelog/1.sql': '--liquibase formatted sql\n--changeset a:1\nselect 1;\n' },
  ],
  atlas: ['migrations', { 'migrations/20240101_a.sql': '', 'migrations/atlas.sum': 'h1:' }],
  hasura: [
    'hasura/migrations/default',
    {
      'hasura/migrations/default/1654696186008_init/up.sql': '',
      'hasura/config.yaml': 'version: 3\nendpoint: http://localhost:8080\nmetadata_directory: metadata\n',
    },
  ],
};

describe('pullgres init writes for', () => {
  assert.deepEqual(Object.keys(REPOSITORIES), Object.keys(tools));
  for (const [tool, [directory, files]] of Object.entries(REPOSITORIES)) {
    it(tool, async () => {
      const root = repository(files);
      const begun = await begin(root);
      assert.deepEqual(
        begun.files.map(({ path, written }) => [path, written]),
        [
          [WORKFLOW, true],
          [POLICY, true],
        ],
      );
      const { migrations } = policyOf(read(root, POLICY));
      assert.deepEqual(migrations, { tool, directory });
      const said = initOutput(begun);
      assert.ok(said.includes(`Found migrations of ${tool} in ${directory}.`), said);
      assert.match(said, /wrote +\.github\/workflows\/pullgres\.yml\n/);
    });
  }
});

const TESTS: readonly (readonly [files: Files, command: string | undefined])[] = [
  [{}, undefined],
  [{ 'package.json': '{"scripts":{"test":"vitest"}}' }, 'npm test'],
  [{ 'package.json': '{"scripts":{"test":"vitest"}}', 'pnpm-lock.yaml': '' }, 'pnpm test'],
  [{ 'package.json': '{"scripts":{"test":"vitest"}}', 'yarn.lock': '' }, 'yarn test'],
  [{ 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' }, undefined],
  [{ 'package.json': '{"scripts":{"test":7}}', 'go.mod': 'module x\n' }, 'go test ./...'],
  [{ 'package.json': '{ broken', Makefile: 'all:\n\ntest: build\n\tgo test\n' }, 'make test'],
  [{ Makefile: 'test := 1\nlatest:\n' }, undefined],
  [{ 'pyproject.toml': '[tool.pytest.ini_options]\n' }, 'pytest'],
  [{ 'pyproject.toml': '[project]\n' }, undefined],
];

describe('the tests that are suggested', () => {
  for (const [files, command] of TESTS) {
    it(`${JSON.stringify(files).slice(0, 80)}: ${command ?? 'none'}`, async () => {
      const begun = await begin(repository(files), { dryRun: true });
      assert.equal(begun.facts.tests?.command, command);
      const text = begun.files[0]?.text ?? '';
      const steps = parse(text).jobs.pullgres.steps;
      assert.deepEqual(Object.keys(steps.at(-1)), ['uses'], 'nothing is switched on');
      if (command) assert.ok(text.includes(`#   test-command: ${command}\n`), text);
    });
  }
});

const IMAGES: readonly (readonly [
  files: Files,
  versions: readonly number[],
  postgres: number | undefined,
])[] = [
  [{}, [], undefined],
  [{ 'compose.yaml': 'services:\n  db:\n    image: postgres:16-alpine\n' }, [16], 16],
  [{ 'docker-compose.yml': "services:\n  db:\n    image: 'postgis/postgis:15-3.4'\n" }, [15], 15],
  [
    {
      '.github/workflows/test.yml':
        'jobs:\n  t:\n    services:\n      db: { image: pgvector/pgvector:pg17 }\n',
    },
    [17],
    17,
  ],
  [
    {
      'compose.yml':
        'image: postgres:latest\nimage: postgres:9.6\nimage: mypostgres:16\nimage: postgres:160\n',
    },
    [],
    undefined,
  ],
  [
    { 'compose.yml': 'image: postgres:17\n', '.github/workflows/a.yml': 'image: postgres:14\n' },
    [14, 17],
    undefined,
  ],
];

describe('the version of Postgres', () => {
  for (const [files, versions, postgres] of IMAGES) {
    it(`${JSON.stringify(files).slice(0, 90)}: ${versions.join(' and ') || 'none'}`, async () => {
      const begun = await begin(repository(files), { dryRun: true });
      assert.deepEqual(
        begun.facts.versions.map(({ version }) => version),
        versions,
      );
      assert.equal(policyOf(begun.files[1]?.text ?? '').postgres, postgres);
    });
  }

  it('is not read through a link, nor out of a binary file', async () => {
    const root = repository({ 'elsewhere/c.yml': 'image: postgres:16\n' });
    symlinkSync('elsewhere/c.yml', join(root, 'compose.yml'));
    writeFileSync(join(root, 'compose.yaml'), Buffer.from([0xff, 0xfe, 0, 0x80]));
    assert.deepEqual((await begin(root, { dryRun: true })).facts.versions, []);
  });
});

/** The example for a server of one's own is the one design of it. */
function assertLikeExample(workflow: ReturnType<typeof parse>): void {
  const example = parse(readFileSync('examples/own-server.yml', 'utf8'));
  for (const key of ['permissions', 'concurrency']) assert.deepEqual(workflow[key], example[key]);
  assert.deepEqual(workflow.on, { ...example.on, merge_group: { types: ['checks_requested'] } });
  for (const name of ['pullgres', 'teardown']) {
    const [ours, theirs] = [workflow.jobs[name], example.jobs[name]];
    assert.deepEqual([ours.if, ours.permissions], [theirs.if, theirs.permissions]);
    assert.deepEqual(ours.steps.at(-1), theirs.steps.at(-1));
  }
}

describe('the files', () => {
  const facts = {
    migrations: { tool: 'dbmate', directory: 'db/a b: "c"#' },
    tests: { command: 'go test ./...', path: 'go.mod' },
    versions: [],
    command: undefined,
  };
  const cases = [
    { ...facts, server: false },
    { ...facts, server: true },
    {
      ...facts,
      migrations: undefined,
      command: { command: 'bin/rails db:migrate', path: 'bin/rails' },
      server: false,
    },
  ];

  it('please the linters of workflows, with every suggestion switched on too', async () => {
    const files: InitFile[] = cases.flatMap((one, at) =>
      initFiles(one)
        .filter(({ path }) => path.includes('/workflows/'))
        .flatMap(({ path, text }) => [
          { path: path.replace('.yml', `-${at}.yml`), text },
          {
            path: path.replace('.yml', `-${at}-on.yml`),
            text: text.replace(/^( {8,})# ( *(?:with|baseline|test-command):.*)$/gm, '$1$2'),
          },
        ]),
    );
    assert.equal(files.length, 8);
    assert.equal(files.filter(({ text }) => /^ +test-command: go test/m.test(text)).length, 3);
    assert.deepEqual(await lintYaml(files, findOwnAction), []);
    for (const file of files) assert.deepEqual(checkOffered(file), []);
  });

  it('ask for no more than the comment needs, at each event that Pullgres serves, without paths', () => {
    for (const one of cases) {
      const workflow = parse(initFiles(one)[0]?.text ?? '');
      if (one.server) {
        assertLikeExample(workflow);
        continue;
      }
      assert.deepEqual(workflow.permissions, { contents: 'read', 'pull-requests': 'write' });
      assert.deepEqual(workflow.on, {
        pull_request: {
          types: ['opened', 'synchronize', 'reopened', 'ready_for_review', 'edited', 'closed'],
        },
        merge_group: { types: ['checks_requested'] },
      });
    }
  });

  it('show the policy’s own defaults behind each #', () => {
    const allDefaults = policySchema.parse({});
    for (const one of cases) {
      const text = initFiles(one)[1]?.text ?? '';
      const on = policyOf(switchedOn(text));
      assert.deepEqual(on.migrations.directory, one.migrations?.directory ?? 'db/migrations');
      assert.equal(on.rehearsal.command, one.command?.command);
      const { migrations, postgres, ...rest } = on;
      const { migrations: _, ...expected } = allDefaults;
      assert.equal(postgres, 16);
      assert.deepEqual(
        { ...rest, rehearsal: { ...rest.rehearsal, command: undefined } },
        {
          ...expected,
          rehearsal: { ...expected.rehearsal, command: undefined },
        },
      );
      assert.ok(migrations);
    }
  });

  it('with --server hold the secret’s name and the sweep', async () => {
    const root = repository(REPOSITORIES.dbmate[1]);
    const begun = await begin(root, { server: true });
    assert.deepEqual(
      begun.files.map(({ path }) => path),
      [WORKFLOW, POLICY, SWEEP],
    );
    assert.equal(
      parse(read(root, WORKFLOW)).jobs.pullgres.steps.at(-1).with['server-url'],
      `\${{ secrets.PULLGRES_SERVER_URL }}`,
    );
    assert.match(read(root, SWEEP), /uses: pullgres\/pullgres\/actions\/sweep@v1/);
    assert.match(initOutput(begun), /gh secret set PULLGRES_SERVER_URL/);
  });
});

describe('what is there already', () => {
  it('is kept, and told, with what would have been written', async () => {
    const root = repository({ [WORKFLOW]: 'name: Mine\n' });
    const begun = await begin(root);
    assert.equal(read(root, WORKFLOW), 'name: Mine\n');
    assert.ok(existsSync(join(root, POLICY)));
    assert.ok(leftAsItWas(begun));
    const said = initOutput(begun);
    assert.match(said, /kept +\.github\/workflows\/pullgres\.yml: .*--force/);
    assert.match(said, /^ {4}name: Pullgres$/m);
  });

  it('is replaced with --force', async () => {
    const root = repository({ [WORKFLOW]: `name: Mine\n${'#'.repeat(9000)}` });
    const begun = await begin(root, { force: true });
    assert.equal(parse(read(root, WORKFLOW)).name, 'Pullgres');
    assert.ok(!leftAsItWas(begun));
    assert.match(initOutput(begun), /replaced +\.github\/workflows\/pullgres\.yml/);
  });

  it('is unchanged the second time', async () => {
    const root = repository();
    await begin(root);
    const again = await begin(root, { force: true });
    assert.deepEqual(
      again.files.map(({ written, standing }) => [written, standing]),
      [
        [false, 'same'],
        [false, 'same'],
      ],
    );
    assert.match(initOutput(again), /unchanged \.github\/pullgres\.yml/);
  });

  it('stays when the run is dry, whatever else is said', async () => {
    const root = repository({ [POLICY]: 'version: 1\n' });
    const begun = await begin(root, { dryRun: true, force: true });
    assert.deepEqual(readdirSync(join(root, '.github')), ['pullgres.yml']);
    assert.equal(read(root, POLICY), 'version: 1\n');
    assert.match(initOutput(begun), /would write \.github\/workflows\/pullgres\.yml:/);
  });
});

describe('init refuses', () => {
  for (const [place, link] of [
    ['.github', 'folder'],
    ['.github/workflows', 'folder'],
    [WORKFLOW, 'file'],
    [POLICY, 'file'],
  ] as const) {
    it(`a link at ${place}, and writes nothing`, async () => {
      const outside = repository({ 'target/keep': '', 'file.yml': 'kept' });
      const root = repository();
      mkdirSync(dirname(join(root, place)), { recursive: true });
      symlinkSync(join(outside, link === 'folder' ? 'target' : 'file.yml'), join(root, place));
      await assert.rejects(begin(root, { force: true }), {
        name: 'UserError',
        message: `${place} is a symbolic link, and links are not followed.`,
      });
      assert.deepEqual(readdirSync(join(outside, 'target')), ['keep']);
      assert.equal(read(outside, 'file.yml'), 'kept');
    });
  }

  it('a link to nowhere', async () => {
    const root = repository({ '.github/x': '' });
    symlinkSync('/nowhere/at/all', join(root, POLICY));
    await assert.rejects(begin(root), { name: 'UserError', message: /symbolic link/ });
  });

  it('a folder that is not the top of a repository', async () => {
    const root = repository({ 'below/x': '' });
    await assert.rejects(begin(join(root, 'below')), { name: 'UserError', message: /not the top of a git/ });
  });

  it('two folders of migrations, until one is named', async () => {
    const root = repository({ ...REPOSITORIES.dbmate[1], ...REPOSITORIES.prisma[1] });
    await assert.rejects(begin(root), {
      name: 'UserError',
      message: /More than one folder of migrations fits/,
    });
    const { facts } = await begin(root, { directory: 'prisma/migrations' });
    assert.deepEqual(facts.migrations, { tool: 'prisma', directory: 'prisma/migrations' });
  });
});

it('says that nothing is judged yet where no migrations were found', async () => {
  const none = initOutput(await begin(repository()));
  assert.match(none, /Found no migrations[\s\S]*1\. Name the tool and the folder/);
  const rails = await begin(repository({ 'bin/rails': '#!/usr/bin/env ruby\n' }));
  assert.match(initOutput(rails), /Take the # away before rehearsal and command/);
  assert.equal(policyOf(rails.files[1]?.text ?? '').rehearsal.command, undefined);
});

describe('migrations that are not read', () => {
  const script = { 'migrations/1700000000000_a.js': 'exports.up = (pgm) => pgm.sql("select 1");\n' };
  const npm = { 'package.json': '{"dependencies":{"node-pg-migrate":"^9"}}', ...script };

  for (const options of [{}, { tool: 'node-pg-migrate', directory: 'migrations' }] as const) {
    it(`are told of, with the command that would watch them: ${JSON.stringify(options)}`, async () => {
      const begun = await begin(repository(npm), options);
      const said = initOutput(begun);
      assert.ok(leavesUnproven(begun));
      assert.match(said, /WARNING: migrations\/1700000000000_a\.js is a migration in JavaScript/);
      assert.match(said, /is unproven, and fails a required check, until rehearsal\.command/);
      assert.match(said, /1\. Take the # away before rehearsal and command/);
      const text = begun.files[1]?.text ?? '';
      assert.match(text, /# {3}# A change of such migrations is unproven until/);
      assert.equal(policyOf(switchedOn(text)).rehearsal.command, 'npx node-pg-migrate up');
      assert.equal(policyOf(text).rehearsal.command, undefined);
    });
  }

  it('are found in a package of a monorepo too', async () => {
    const begun = await begin(repository({ 'packages/api/migrations/0001_a.sql': 'select 1;' }));
    assert.match(initOutput(begun), /WARNING: packages\/api\/migrations\/0001_a\.sql has the name of a migr/);
  });

  it('are none where all are read', async () => {
    for (const [, files] of Object.values(REPOSITORIES)) {
      assert.equal((await begin(repository(files), { dryRun: true })).facts.unread, undefined);
    }
  });
});

it('names pages by address and the program as it was called', async () => {
  const begun = await begin(repository(REPOSITORIES.sql[1]), { server: true });
  const said = initOutput(begun, (rest) => `node ../pullgres/dist/cli.mjs ${rest}`);
  assert.match(said, /PULLGRES_SERVER_URL=… node \.\.\/pullgres\/dist\/cli\.mjs doctor/);
  assert.doesNotMatch(said, /(?<!blob\/v1\/)docs\//);
});

it('tells of a linked folder, a policy that is not valid and a second workflow', async () => {
  const other = 'jobs:\n  a:\n    steps:\n      - uses: pullgres/pullgres@v1\n';
  const root = repository({
    'real/1_a.sql': '',
    [POLICY]: 'verzion: 1\n',
    '.github/workflows/db.yml': other,
  });
  symlinkSync('real', join(root, 'migrations'));
  const said = initOutput(await begin(root));
  assert.match(said, /WARNING: migrations is a symbolic link/);
  assert.match(said, /WARNING: The policy that is there is not valid\. [\s\S]*verzion/);
  assert.match(said, /WARNING: \.github\/workflows\/db\.yml runs pullgres\/pullgres already/);
});
