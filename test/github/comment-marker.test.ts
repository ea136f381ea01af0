import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  bodyDigest,
  type CommentMarker,
  commentMarker,
  compareRuns,
  readMarker,
  withoutMarker,
} from '../../src/github/comment-marker.ts';

const marker: CommentMarker = {
  key: 'orders-db',
  version: 1,
  sha: '7b41e9c2d0a35f68b1c2d3e4f5a6b7c8d9e0f107',
  run: '19876543210',
  attempt: 2,
  digest: 'a3'.repeat(32),
};
const line = `<!-- pullgres key=orders-db v=1 sha=${marker.sha} run=19876543210 attempt=2 digest=${marker.digest} -->`;

test('a marker is one invisible line that reads back as it was', () => {
  assert.equal(commentMarker(marker), line);
  assert.deepEqual(readMarker(line), marker);
  assert.deepEqual(readMarker(`${line}\r\ntext`), marker);
  assert.equal(withoutMarker(`${line}\r\ntext\n${line}`), `text\n${line}`);
});

describe('what is not exactly a marker is none', () => {
  const wrong: readonly [string, string][] = [
    ['empty', ''],
    ['a line before', `\n${line}`],
    ['a space before', ` ${line}`],
    ['text behind on the line', `${line} text`],
    ['a double space', line.replace('v=1', ' v=1')],
    ['another order', line.replace('run=19876543210 attempt=2', 'attempt=2 run=19876543210')],
    ['a field twice', line.replace('v=1', 'v=1 v=1')],
    ['a short commit', line.replace(marker.sha, marker.sha.slice(0, 12))],
    ['a run of 20 digits', line.replace('19876543210', '1'.repeat(20))],
    ['a negative attempt', line.replace('attempt=2', 'attempt=-2')],
    ['a hyphen at the end of the key', line.replace('orders-db', 'orders-')],
    ['not closed', line.replace(' -->', '')],
  ];
  for (const [title, text] of wrong) test(title, () => assert.equal(readMarker(text), undefined));
});

test('what would not read back is not written', () => {
  const wrong: readonly Partial<CommentMarker>[] = [
    { key: 'x -->' },
    { key: 'Orders' },
    { sha: 'main' },
    { run: '1.5' },
    { attempt: 0.5 },
    { digest: '' },
  ];
  for (const changes of wrong) {
    assert.throws(
      () => commentMarker({ ...marker, ...changes }),
      { name: 'UserError' },
      JSON.stringify(changes),
    );
  }
});

test('runs are in order by id, then by attempt, whatever their size', () => {
  const inOrder = [
    { id: '9', attempt: 3 },
    { id: '10', attempt: 1 },
    { id: '10', attempt: 2 },
    { id: '9007199254740992', attempt: 1 },
    { id: '9007199254740993', attempt: 1 },
  ];
  for (const [index, earlier] of inOrder.entries()) {
    assert.equal(compareRuns(earlier, earlier), 0);
    for (const later of inOrder.slice(index + 1)) {
      assert.ok(compareRuns(earlier, later) < 0);
      assert.ok(compareRuns(later, earlier) > 0);
    }
  }
});

test('a digest is of the text, not of how its lines end', () => {
  assert.equal(bodyDigest('a\nb\n'), bodyDigest('a\r\nb'));
  assert.notEqual(bodyDigest('a\nb'), bodyDigest('a b'));
  assert.match(bodyDigest(''), /^[0-9a-f]{64}$/);
});
