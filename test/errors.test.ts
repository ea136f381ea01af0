import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { madeErrors, sources } from './support/error-texts.ts';

/** Errors that need no hint or carry it in their one sentence, each with the reason. */
const WITHOUT_HINT: Readonly<Record<string, string>> = {
  'operations/begin.ts refusal':
    'the reason of resolve-change.ts, which ends with the hint of the error that it was',
  'operations/setting.ts event.sentence':
    'src/github/unsupported.ts: one sentence that ends with what to put into `on:`',
  'operations/shard-tests.ts reason': 'what a shard’s check found, which the log above tells at length',
};

/** Rooms whose errors a newcomer meets first. */
const ROOMS = /^(actions|cli|github|operations|policy|migrations|testing|runner|branching)\//;

const errors = madeErrors().filter(({ path }) => ROOMS.test(path));

describe('every error of the rooms that a newcomer meets', () => {
  it('is found', () => {
    assert.ok(errors.length > 200, `${errors.length} errors`);
  });

  it('says what to do, or stands in the list of those that need not', () => {
    const bare = errors.filter(({ text }) => !/\bhint\b|\boptions\b/.test(text));
    assert.deepEqual(
      bare.map(({ path, text }) => `${path} ${text.trim()}`),
      Object.keys(WITHOUT_HINT),
    );
  });

  it('ends as a sentence, so that the hint can follow on the same line', () => {
    const plain = errors.flatMap(({ path, line, text }) => {
      const said = /^\s*(?:'([^'\\]*)'|`((?:[^`$\\]|\$\{[^`{}]*\})*)`)/.exec(text);
      return said === null ? [] : [{ place: `${path}:${line}`, said: said[1] ?? said[2] ?? '' }];
    });
    assert.ok(plain.length > 150, `${plain.length} messages`);
    const loose = plain.filter(({ said }) => !/(?:[.!?:]|\})$/.test(said));
    assert.deepEqual(loose, []);
  });
});

/** They make the client by which all others call. */
const CLIENT = ['github/api.ts', 'github/client.ts'];

describe('a permission error', () => {
  const github = [...sources()].filter(([path]) => path.startsWith('github/'));

  it('names the permission of each call to GitHub, as the workflow file writes it', () => {
    const permissions = github.flatMap(([, text]) =>
      [...text.matchAll(/permission\s*(?::|=)\s*'([^']+)'/g)].map(([, permission]) => permission),
    );
    assert.ok(permissions.length >= 7, permissions.join(', '));
    for (const permission of permissions) assert.match(permission ?? '', /^[a-z-]+: (?:read|write)$/);
  });

  it('is made for each call: none goes past `asking`', () => {
    const calls = github.filter(
      ([path, text]) => /\boctokit\.(?:rest|request|graphql|paginate)\b/.test(text) && !CLIENT.includes(path),
    );
    assert.ok(calls.length >= 5, `${calls.length} files call GitHub`);
    for (const [path, text] of calls) assert.match(text, /\basking\(/, path);
  });
});
