import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownWords } from '../../src/cli/subcommands.ts';

test('a complaint shows the words that were given, but no URL, which may hold a password', () => {
  assert.equal(shownWords(['list', 'x'.repeat(200)]), `"list" "${'x'.repeat(100)}"`);
  assert.equal(shownWords(['postgres://u:hunter2@h/db']), 'a URL');
});
