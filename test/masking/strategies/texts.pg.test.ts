import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Strategy } from '../../../src/masking/strategy.ts';
import { TYPES } from '../../support/mask-columns.ts';
import { masks } from '../../support/mask-server.ts';
import { HOSTILE_TEXTS } from '../../support/mask-values.ts';

/** What a strategy keeps on purpose: the scheme, the documentation's prefix, a country code. */
const MEANT = /^(\w)\1*$|^h?ttps?$|^2001$|^00?49|^4930$/;

/** Runs of four letters or digits of the clear value that stand in the mask. */
function leaked(clear: string, mask: string): string[] {
  const runs = clear.match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  const pieces = runs.flatMap((run) => {
    const characters = [...run];
    return characters.slice(3).map((_, index) => characters.slice(index, index + 4).join(''));
  });
  return pieces.filter((piece) => mask.includes(piece));
}

const TEXT_STRATEGIES: readonly Strategy[] = [
  ...(
    [
      'email',
      'name',
      'name.first',
      'name.last',
      'company',
      'username',
      'phone',
      'address',
      'city',
      'postcode',
      'url',
      'text',
      'code',
      'uuid',
      'ip',
      'mac',
    ] as const
  ).map((as) => ({ as })),
  { as: 'digits' },
  { as: 'digits', keep: 2 },
  ...(
    [
      'luhn',
      'iban',
      'br.cpf',
      'br.cnpj',
      'nl.bsn',
      'gb.nhs',
      'pl.pesel',
      'us.aba',
      'fr.nir',
      'es.dni',
    ] as const
  ).map((check) => ({ as: 'digits', check }) as const),
];
const KEPT_LENGTH = new Set([
  'name',
  'name.first',
  'name.last',
  'company',
  'phone',
  'address',
  'city',
  'postcode',
  'text',
  'code',
  'digits',
]);

for (const strategy of TEXT_STRATEGIES) {
  test(`${JSON.stringify(strategy)} masks every text: same for the same key, other for another, nothing clear`, async () => {
    const values = [null, ...HOSTILE_TEXTS];
    const first = await masks(strategy, TYPES.text, values, 'ab');
    assert.deepEqual(await masks(strategy, TYPES.text, values, 'ab'), first);
    const other = await masks(strategy, TYPES.text, values, 'cd');
    assert.equal(first[0], null);
    assert.equal(first[1], '');
    for (const [index, value] of values.entries()) {
      if (value === null || value === '') continue;
      const mask = first[index];
      assert.ok(typeof mask === 'string' && mask !== '', JSON.stringify(value.slice(0, 40)));
      if (KEPT_LENGTH.has(strategy.as)) assert.equal([...mask].length, [...value].length, value.slice(0, 40));
      if (/\p{L}{4}|[0-9]{5}/u.test(value)) {
        assert.notEqual(mask, value);
        assert.notEqual(mask, other[index], value.slice(0, 40));
        if (!('check' in strategy && strategy.check === 'iban') && !('keep' in strategy)) {
          assert.deepEqual(
            leaked(value, mask).filter((piece) => !MEANT.test(piece)),
            [],
            `${value.slice(0, 60)} → ${mask.slice(0, 60)}`,
          );
        }
      }
    }
  });
}

const CLASSES = [/[a-z]/, /[A-Z]/, /[0-9]/];
const classOf = (character: string): string =>
  String(CLASSES.find((each) => each.test(character)) ?? character);
const PRINTABLE = Array.from({ length: 126 }, (_, at) => String.fromCharCode(at + 1)).join('');

/** Every control and printable character of ASCII, at every place of texts of up to 70 characters. */
const ASCII_TEXTS = Array.from({ length: 70 }, (_, at) => at + 1).flatMap((length) =>
  [0, 1, 2, 3, 4].map((turn) =>
    Array.from({ length }, (_, at) => PRINTABLE[(at * 17 + length * 29 + turn * 53) % PRINTABLE.length]).join(
      '',
    ),
  ),
);

for (const as of ['text', 'code', 'name'] as const) {
  test(`${as} keeps the class of each ASCII character at its place, whatever the length, and uses all letters and digits`, async () => {
    const masked = (await masks({ as }, TYPES.text, ASCII_TEXTS, 'ab')).map(String);
    assert.deepEqual(
      masked.map((mask) => [...mask].map(classOf)),
      ASCII_TEXTS.map((clear) => [...clear].map(classOf)),
    );
    const short = masked.filter((mask) => mask.length <= 28).join('');
    const missing = [...'0123456789abcdefghijklmnopqrstuvwxyz'].filter(
      (character) => !short.toLowerCase().includes(character),
    );
    assert.deepEqual(missing, []);
    const kept = ASCII_TEXTS.filter((clear, at) => clear === masked[at] && /[A-Za-z0-9]{3}/.test(clear));
    assert.deepEqual(kept, []);
  });
}
