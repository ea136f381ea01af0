import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseMaskingProfile } from '../../../src/masking/profile/parse.ts';
import { weakenedRules } from '../../../src/masking/profile/weakened.ts';

const read = (yaml: string) => parseMaskingProfile(parse(`version: 1\n${yaml}`), 'masking.yml');
const words = (before: string, after: string) =>
  weakenedRules(read(before), read(after)).map(({ where, what }) => `${where}: ${what}`);
const allow = (until: string) => `allow: {t.c: {reason: long enough for it, owner: "@a", until: ${until}}}`;
const texts = (until: string) =>
  `texts: {public.vip: {reason: long enough for it, owner: "@a", until: ${until}}}`;
const keep = (where: string) => `keep: {t: {where: ${where}, reason: long enough for it, owner: "@a"}}`;

test('what is masked less than before is told, and nothing else', () => {
  const t = (rule: string) => `tables: {t: {c: ${rule}}}`;
  const cases: [before: string, after: string, told: string[]][] = [
    [t('email'), t('email'), []],
    ['', texts('2027-01-01'), ['texts: public.vip: allowed until 2027-01-01 by @a: long enough for it']],
    [
      texts('2027-01-01'),
      texts('2027-02-01'),
      ['texts: public.vip: prolonged from 2027-01-01 to 2027-02-01'],
    ],
    [texts('2027-01-01'), texts('2026-12-01'), []],
    [texts('2027-01-01'), '', []],
    [t('email'), t('clear'), ['t.c: email → clear']],
    [t('clear'), t('email'), []],
    [t('email'), t('"null"'), []],
    [t('email'), 'tables: {t: {}}', []],
    [t('email'), 'tables: {t: clear}', ['t.c: email → clear', 't.*: no rule → clear']],
    [t('email'), 'tables: {t: {c: email, d: clear}}', ['t.d: no rule → clear']],
    [t('{shift: 30d}'), t('{shift: 3d}'), ['t.c: {shift: 30d} → {shift: 3d}']],
    [t('{shift: 30d}'), t('{shift: 30d, by: id}'), ['t.c: {shift: 30d} → {shift: 30d, by: id}']],
    [t('{shift: 30d, by: id}'), t('{shift: 30d}'), []],
    [t('{noise: 3%}'), t('{noise: 30%}'), []],
    [t('digits'), t('{digits: {keep: 6}}'), ['t.c: digits → {digits: {keep: 6}}']],
    [t('text'), t('{sql: c}'), ['t.c: text → {sql: "c"}']],
    [
      t('{$.a: email, "*": drop}'),
      t('{$.a: clear, "*": clear}'),
      ['t.c: "*": drop → clear, $.a: email → clear'],
    ],
    [t('{$.a: email, "*": drop}'), t('{$.a: email, $.b: text, "*": mask}'), []],
    [t('{elements: text}'), t('{elements: clear}'), ['t.c: text → clear']],
    ['tables: {a: empty}', 'tables: {a: {x: text}}', ['a: its rows are copied now; it was empty']],
    ['tables: {"*_log": empty}', 'tables: {}', ['*_log: its rows are copied now; it was empty']],
    [
      'tables: {"*_log": empty}',
      'tables: {"*_log": empty, a_log: clear}',
      ['a_log: its rows are copied now; it was empty'],
    ],
    [
      'tables: {t: {subset: a, sample: 5%, c: text}}',
      t('text'),
      ['t: subset is dropped', 't: sample is dropped'],
    ],
    ['', 'unknown: mask', ['unknown: fail → mask']],
    ['unknown: mask', 'unknown: empty', []],
    ['', allow('2027-01-01'), ['allow: t.c: allowed until 2027-01-01 by @a: long enough for it']],
    [allow('2027-01-01'), allow('2028-01-01'), ['allow: t.c: prolonged from 2027-01-01 to 2028-01-01']],
    [allow('2027-01-01'), allow('2026-01-01'), []],
    ['', keep('a = 1'), ['keep: t: rows with a = 1 are not masked']],
    [keep('a = 1'), keep('true'), ['keep: t: a = 1 → true']],
    [
      'verify: {canaries: env:A}',
      'verify: {sample: 100}',
      ['verify: sample: 100000 → 100', 'verify: canaries: no longer looked for'],
    ],
  ];
  for (const [before, after, told] of cases) {
    const fixed = after.replace('where: true', 'where: "true"');
    assert.deepEqual(words(before, fixed), told, `${before} → ${after}`);
  }
});
