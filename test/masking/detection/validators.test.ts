import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VALIDATORS } from '../../../src/masking/detection/validators/all.ts';
import { seeded } from '../../fixtures/personal/random.ts';
import { makeValue } from '../../fixtures/personal/values.ts';

const TRIES = 4_000;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ANY = `${LETTERS}abcdefghijklmnopqrstuvwxyz0123456789`;

for (const [index, validator] of VALIDATORS.entries()) {
  test(`${validator.name}: the share of random values that pass is what the table says`, () => {
    const random = seeded(index + 1);
    const value = (): string =>
      validator.random.replace(/[#A*]/g, (c) =>
        c === '#' ? random.digits(1) : random.letters(1, c === 'A' ? LETTERS : ANY),
      );
    const hits = Array.from({ length: TRIES }, value).filter(validator.passes).length;
    const measured = hits / TRIES;
    assert.ok(
      Math.abs(measured - validator.randomRate) <= 0.015,
      `measured ${measured}, table ${validator.randomRate}`,
    );
  });
}

const MADE: readonly (readonly [string, string])[] = [
  ['e-mail address', 'email'],
  ['IBAN', 'iban.DE'],
  ['IBAN', 'iban.FR'],
  ['IBAN', 'iban.PL'],
  ['payment card', 'card'],
  ['US social security (with dashes)', 'ssn'],
  ['IP address', 'ip'],
  ['MAC address', 'mac'],
  ['user agent', 'ua'],
  ['known secret', 'bcrypt'],
  ['known secret', 'pbkdf2'],
  ['known secret', 'jwt'],
  ['international phone', 'phone.tr'],
  ['grouped phone', 'phone.us'],
  ['British NHS', 'nhs'],
  ['Brazilian CPF', 'cpf'],
  ['Brazilian CNPJ', 'cnpj'],
  ['Dutch BSN', 'bsn'],
  ['Polish PESEL', 'pesel'],
  ['Polish NIP', 'nip'],
  ['Spanish DNI', 'dni'],
  ['French NIR', 'nir'],
  ['Turkish identity', 'tckn'],
  ['German tax', 'idnr'],
  ['Swedish identity', 'personnummer'],
  ['Italian codice fiscale', 'cf'],
  ['British insurance', 'nino'],
];

for (const [name, generator] of MADE) {
  test(`${name}: numbers made from the definition (${generator}) pass, words do not`, () => {
    const random = seeded(7);
    const validator = VALIDATORS.find((one) => one.name === name);
    assert.ok(validator);
    const values = Array.from({ length: 100 }, () => makeValue(random, generator, 0));
    assert.deepEqual(
      values.filter((value) => !validator.passes(value)),
      [],
    );
    const words = ['', ' ', 'anchor', 'n/a', '0', '2020-01-02', 'x'.repeat(10_000)];
    assert.deepEqual(words.filter(validator.passes), []);
  });
}

test('each of these checks sees most wrong last characters', () => {
  const checked = [
    'iban.DE',
    'card',
    'nhs',
    'cpf',
    'bsn',
    'pesel',
    'nip',
    'dni',
    'nir',
    'tckn',
    'idnr',
    'personnummer',
    'cf',
  ];
  const names = new Map(MADE.map(([name, generator]) => [generator, name]));
  for (const generator of checked) {
    const random = seeded(11);
    const validator = VALIDATORS.find((one) => one.name === names.get(generator));
    const wrong = Array.from({ length: 200 }, () => {
      const value = makeValue(random, generator, 0);
      const last = value.slice(-1);
      const other = /\d/.test(last)
        ? String((Number(last) + random.int(1, 9)) % 10)
        : last === 'A'
          ? 'B'
          : 'A';
      return value.slice(0, -1) + other;
    });
    assert.equal(validator?.passes(makeValue(random, generator, 0)), true);
    assert.deepEqual(
      wrong.filter((value) => validator?.passes(value)),
      [],
      generator,
    );
  }
});

const ADDRESSES: readonly (readonly [string, boolean])[] = [
  ['198.51.100.7', true],
  ['198.51.100.7/24', true],
  ['2001:db8::1', true],
  ['2001:db8:0:0:0:0:0:1', true],
  ['::ffff:198.51.100.7', true],
  ['fe80::1/64', true],
  ['198.51.100', false],
  ['198.51.100.256', false],
  ['1.2.3.4.5', false],
  ['::', false],
  ['12:34:56', false],
  ['2001:db8::1::2', false],
  ['10:30', false],
];

test('addresses of the network are told from versions and times', () => {
  const validator = VALIDATORS.find((one) => one.name === 'IP address');
  for (const [value, expected] of ADDRESSES) assert.equal(validator?.passes(value), expected, value);
});
