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
  test(`${name}: numbers made from the definition (${generator}) pass, and fail with a digit changed`, () => {
    const random = seeded(7);
    const validator = VALIDATORS.find((one) => one.name === name);
    assert.ok(validator);
    const values = Array.from({ length: 100 }, () => makeValue(random, generator, 0));
    assert.deepEqual(
      values.filter((value) => !validator.passes(value)),
      [],
    );
    assert.equal(validator.passes(`x${values[0]} `), false);
  });
}
