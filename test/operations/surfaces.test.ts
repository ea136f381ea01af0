import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Evidence, Verdict } from '../../src/evidence/schema.ts';
import { createGitHub } from '../../src/github/client.ts';
import { markCommit } from '../../src/operations/commit-mark.ts';
import type { Setting } from '../../src/operations/setting.ts';
import { suggestFixes } from '../../src/operations/suggest.ts';
import type { Annotation } from '../../src/runner/world.ts';
import { Secret } from '../../src/secret.ts';
import { HEAD_SHA } from '../support/events.ts';
import { findingOf, judged, lintOf, statementOf } from '../support/evidence.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import type { Permissions } from '../support/fake-github-refusals.ts';
import type { FileSpec } from '../support/github-pull-shapes.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { type QuietWorld, quietWorld } from '../support/quiet-world.ts';

const WRITING: Permissions = {
  contents: 'read',
  'pull-requests': 'write',
  checks: 'write',
  statuses: 'write',
};

let fake: FakeGitHub;
let world: QuietWorld;
let notices: Annotation[];
beforeEach(async () => {
  fake = await startFakeGitHub();
  notices = [];
  world = quietWorld({ annotate: (annotation) => void notices.push(annotation) });
});
afterEach(async () => {
  await fake.close();
  await rm(world.workspace, { recursive: true, force: true });
  assert.deepEqual(fake.problems, []);
});

function setting(permissions = WRITING, trusted = true): Setting {
  const { environment } = fake;
  const token = new Secret(fake.token(permissions));
  const github = createGitHub({ token, environment, onNotice: () => {}, limits: { secondMs: 1 } });
  const run = { id: '100', attempt: 1, url: 'https://github.com/tidewater/shop/actions/runs/100' };
  return { github, run, trusted } as unknown as Setting;
}

const about = (changes: Parameters<typeof judged>[0] = {}): Evidence => {
  const evidence = judged(changes);
  return { ...evidence, subject: { ...evidence.subject, headSha: HEAD_SHA } };
};

describe('the verdict on the commit', () => {
  const verdicts: readonly [Verdict['conclusion'], string, string][] = [
    ['pass', 'success', 'success'],
    ['warn', 'success', 'success'],
    ['fail', 'failure', 'failure'],
    ['unproven', 'error', 'action_required'],
  ];
  for (const [conclusion, state, check] of verdicts) {
    test(`${conclusion} is the state ${state} and the conclusion ${check}`, async () => {
      const evidence = { ...about(), verdict: { conclusion, reasons: ['Because.'] } };
      for (const mark of ['none', 'status', 'check'] as const)
        await markCommit(world, setting(), evidence, { mark, key: 'default' });
      const [status] = fake.repository.statuses;
      assert.deepEqual([status?.context, status?.state, status?.sha], ['pullgres', state, HEAD_SHA]);
      const [made] = fake.state.checkRuns.values();
      assert.deepEqual([made?.fields.name, made?.fields.conclusion], ['Pullgres verdict', check]);
      assert.equal(fake.state.checkRuns.size + fake.repository.statuses.length, 2);
    });
  }

  test('hostile and huge evidence stays within what GitHub takes', async () => {
    for (const [seed, size] of [
      [1, 0],
      [2, 40],
      [3, 400],
    ] as const) {
      const evidence = { ...hostileEvidence(seed, size), subject: about().subject };
      for (const mark of ['status', 'check'] as const)
        await markCommit(world, setting(), evidence, { mark, key: `k${seed}` });
    }
    assert.deepEqual(world.warnings, []);
    for (const { fields, annotations } of fake.state.checkRuns.values()) {
      const output = fields.output as { title: string; summary: string };
      assert.ok(output.title.length <= 255 && Buffer.byteLength(output.summary) <= 65_535);
      assert.ok(annotations.length <= 200);
      const longest = annotations.map((one) => Buffer.byteLength((one as { message: string }).message));
      assert.ok(longest.every((bytes) => bytes > 0 && bytes <= 64 * 1024));
    }
    assert.ok([...fake.state.checkRuns.values()].some(({ annotations }) => annotations.length > 50));
    for (const { description } of fake.repository.statuses)
      assert.ok((description ?? '').length <= 140 && !/hunter2|[`\n]/.test(description ?? ''));
  });

  test('a refusal is one warning with the permission', async () => {
    const told: readonly [typeof WRITING, 'status' | 'check', RegExp][] = [
      [
        { contents: 'read' },
        'status',
        /^The status .* `permissions: \{ statuses: write \}`.* The verdict stands\.$/,
      ],
      [
        { contents: 'read' },
        'check',
        /^The check .* `permissions: \{ checks: write \}`.* The verdict stands\.$/,
      ],
    ];
    for (const [permissions, mark, says] of told) {
      world.warnings.length = 0;
      await markCommit(world, setting(permissions), about(), { mark, key: 'default' });
      assert.equal(world.warnings.length, 1);
      assert.match(world.warnings[0] ?? '', says);
    }
  });
});

describe('suggested changes', () => {
  const SQL = 'DROP INDEX i';
  /** A file of `count` statements, each with a mechanical fix. */
  const fileOf = (count: number) => Array.from({ length: count }, (_, n) => `${SQL}${n};`).join('\n');
  const findings = (path: string, count: number) =>
    Array.from({ length: count }, (_, n) => {
      const sql = `${SQL}${n}`;
      const startByte = fileOf(n).length + (n === 0 ? 0 : 1);
      const place = {
        file: path,
        line: n + 1,
        column: 1,
        endLine: n + 1,
        endColumn: sql.length + 1,
        startByte,
        endByte: startByte + sql.length,
      };
      const at = startByte + 'DROP INDEX'.length;
      const fix = [{ startByte: at, endByte: at, text: ' CONCURRENTLY' }];
      const fingerprint = n.toString(16).padStart(16, '0');
      return {
        sql,
        finding: findingOf({ rule: 'drop-index-blocking', place, fix, fingerprint, relation: undefined }),
      };
    });

  async function change(path: string, count: number, file: Partial<FileSpec> = {}, text = fileOf(count)) {
    await writeFile(join(world.workspace, path), text);
    const bytes = Buffer.from(text);
    const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
    const listed: FileSpec = { path, status: 'added', blob, patch: `@@ -0,0 +1,${count} @@\n+…`, ...file };
    const pull = fake.repository.pulls.get(7);
    assert.ok(pull);
    Object.assign(pull, { files: [listed] });
    const found = findings(path, count);
    return about({
      lint: lintOf({
        findings: found.map(({ finding }) => finding),
        statements: found.map(({ sql, finding: { place } }) => statementOf({ sql, place })),
      }),
    });
  }
  const lines = () => fake.repository.lineComments.map(({ line }) => line);

  test('at most ten in one review, each once over all runs', async () => {
    const evidence = await change('a.sql', 12);
    await suggestFixes(world, setting(), evidence);
    assert.deepEqual(lines(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.match(
      fake.repository.lineComments[0]?.body ?? '',
      /```suggestion\nDROP INDEX CONCURRENTLY i0;\n```/,
    );
    await suggestFixes(world, setting(), evidence);
    assert.deepEqual(lines().slice(10), [11, 12]);
    const calls = fake.calls().length;
    await suggestFixes(world, setting(), evidence);
    assert.deepEqual(fake.repository.reviews.length, 2);
    assert.deepEqual(fake.calls().slice(calls), ['pulls/list-review-comments', 'POST /graphql']);
    assert.deepEqual(world.warnings, []);
  });

  test('a mark that somebody copied keeps nothing from being suggested', async () => {
    const evidence = await change('a.sql', 1);
    await suggestFixes(world, setting(), evidence);
    const [ours] = fake.repository.lineComments;
    assert.ok(ours);
    fake.repository.lineComments.splice(0, 1, { ...ours, author: 'robin' });
    await suggestFixes(world, setting(), evidence);
    assert.equal(fake.repository.lineComments.length, 2);
  });

  test('only within one hunk of a changed file’s diff', async () => {
    const patch = '@@ -1,2 +1,2 @@\n DROP\n+DROP\n@@ -4 +4,2 @@\n+DROP\n DROP';
    const evidence = await change('a.sql', 6, { status: 'modified', patch });
    await suggestFixes(world, setting(), evidence);
    assert.deepEqual(lines(), [1, 2, 4, 5]);
  });

  test('nothing where the head has another text, no diff, or the checkout is another', async () => {
    for (const file of [{ blob: 'a'.repeat(40) }, { patch: undefined }, { path: 'b.sql' }]) {
      await suggestFixes(world, setting(), await change('a.sql', 2, file as Partial<FileSpec>));
    }
    await suggestFixes(world, setting(), await change('a.sql', 2, {}, `-- later\n${fileOf(2)}`));
    assert.deepEqual(lines(), []);
    assert.deepEqual(world.warnings, []);
  });

  test('no call where there is nothing to suggest', async () => {
    await suggestFixes(world, setting(), about({ lint: lintOf({ findings: [findingOf()] }) }));
    assert.deepEqual(fake.calls(), []);
  });

  test('a hostile file name is GitHub’s to show, and stands in no text of ours', async () => {
    const path = '`@octocat` <!-- x --> ](javascript:1).sql';
    await suggestFixes(world, setting(), await change(path, 1));
    assert.equal(fake.repository.lineComments[0]?.path, path);
    const said = [fake.repository.reviews[0]?.body, fake.repository.lineComments[0]?.body].join('\n');
    assert.ok(!said.includes('octocat') && !said.includes('javascript:'));
  });

  test('a read-only token is one notice on a fork’s run, one warning on another', async () => {
    const reading: Permissions = { contents: 'read', 'pull-requests': 'read' };
    const evidence = await change('a.sql', 1);
    await suggestFixes(world, setting(reading, false), evidence);
    assert.deepEqual(world.warnings, []);
    assert.deepEqual(
      notices.map(({ level }) => level),
      ['notice'],
    );
    assert.match(notices[0]?.message ?? '', /^1 change could be suggested, but the token/);
    await suggestFixes(world, setting(reading), evidence);
    assert.match(
      world.warnings.join(),
      /^The changes could not be suggested\..*pull-requests: write.*stands\.$/,
    );
    assert.equal(notices.length, 1);
  });
});
