import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  encodedBytes,
  encodedForms,
  hexadecimal,
  localPartOf,
} from '../../../src/masking/verification/encoded-forms.ts';
import { formsOf } from '../../../src/masking/verification/needle-forms.ts';
import { type Pattern, patternTables } from '../../../src/masking/verification/patterns.ts';
import { byteSearch } from '../../../src/masking/verification/search.ts';

function finds(patterns: readonly Pattern[], bytes: Buffer | string): boolean {
  const search = byteSearch(patternTables(patterns));
  search.push(Buffer.from(bytes));
  return search.end().size > 0;
}

const MAIL = 'jo.q7@mail-of-jo.test';
const NAME = 'Jürgen Müller-Lüdenscheidt';
const NUMBER = '300007919';

describe('encodedForms', () => {
  for (const value of [MAIL, NAME, NUMBER, 'Łukasz Wróblewski']) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      it(`finds Base64 of ${value} behind ${before.length} bytes`, () => {
        const bytes = Buffer.from(`${before}${value}~`);
        assert.ok(finds(encodedForms(value), `x ${bytes.toString('base64')}`));
        assert.ok(finds(encodedForms(value), `x ${bytes.toString('base64url')}`));
      });
    }
    it(`finds UTF-16 of ${value}, in both orders`, () => {
      const little = Buffer.from(`= ${value}.`, 'utf16le');
      assert.ok(finds(encodedForms(value), little));
      assert.ok(finds(encodedForms(value), Buffer.from(little).swap16()));
    });
    it(`finds hexadecimal digits of ${value}`, () => {
      const digits = Buffer.from(value).toString('hex');
      for (const text of [digits, digits.toUpperCase()]) assert.ok(finds(hexadecimal(value), `\\x${text}00`));
    });
    it(`does not find ${value} in what is not its encoding`, () => {
      const other = Buffer.from(`${value.slice(0, 4)}-${value.slice(4)}`);
      const texts = [other.toString('base64'), other.toString('hex'), other.toString('utf16le')];
      for (const text of texts) assert.ok(!finds([...encodedForms(value), ...hexadecimal(value)], text));
    });
  }

  for (const sign of [
    '&#64;',
    '&#x40;',
    '&#X40;',
    '\\u0040',
    '=40',
    ' at ',
    '[at]',
    ' [AT] ',
    '(at)',
    ' (at) ',
  ]) {
    it(`finds an address with ${sign} for its sign`, () =>
      assert.ok(finds(encodedForms(MAIL), `<${MAIL.toUpperCase().replace('@', sign)}>`)));
  }

  it('seeks of a long text what is not in every other one', () => {
    const note = (order: string): string =>
      `called about the order ${order} and was told to wait for the mail`;
    const encoded = (text: string): string => Buffer.from(text).toString('base64');
    const patterns = encodedForms(note('8f3a91c04be7'));
    assert.ok(finds(patterns, encoded(note('8f3a91c04be7'))));
    assert.ok(!finds(patterns, encoded(note('77a0be24c19d'))));
  });

  it('finds what is written backwards, and not numbers', () => {
    for (const value of [MAIL, NAME])
      assert.ok(finds(encodedForms(value), `: ${[...value].toReversed().join('')}`));
    assert.ok(!finds(encodedForms(NUMBER), [...NUMBER].toReversed().join('')));
  });
});

describe('encodedBytes', () => {
  it('finds Base64 with the signs of either alphabet', () => {
    const bytes = Buffer.from('fbefbefffffefb0102fbefbe', 'hex');
    assert.match(bytes.toString('base64'), /[+/]/);
    assert.ok(finds(encodedBytes(bytes), bytes.toString('base64')));
    assert.ok(finds(encodedBytes(bytes), bytes.toString('base64url')));
  });
});

describe('localPartOf', () => {
  const cases: readonly (readonly [mail: string, local: string | undefined])[] = [
    ['wilhelmine.querenburg@mail.test', 'wilhelmine.querenburg'],
    ['opfer4f3a9c1be2@mail.test', 'opfer4f3a9c1be2'],
    ['info@mail.test', undefined],
    ['kundenservice@mail.test', undefined],
    ['no address at all 4f3a9c1be2', undefined],
  ];
  for (const [mail, local] of cases) it(`${mail}: ${local}`, () => assert.equal(localPartOf(mail), local));
});

describe('formsOf', () => {
  const uuid = '12345678-9abc-4def-8123-456789abcdef';
  it('finds a UUID in its bytes, with its dashes and without', () => {
    const hex = uuid.replaceAll('-', '');
    for (const text of [`k${uuid}`, hex, Buffer.from(`00${hex}00`, 'hex')])
      assert.ok(finds(formsOf(uuid), text));
    assert.ok(!finds(formsOf(uuid), Buffer.from(`00${hex.replace('4def', '4deb')}00`, 'hex')));
  });
});
