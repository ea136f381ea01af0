import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Detection } from '../../../src/masking/detection/detection.ts';
import { planMasks } from '../../../src/masking/plan.ts';
import { firstDraft } from '../../../src/masking/profile/first-profile.ts';
import { parseMaskingProfile } from '../../../src/masking/profile/parse.ts';
import { repairedDraft } from '../../../src/masking/profile/repair.ts';
import { type ProfileDraft, profileText } from '../../../src/masking/profile/write.ts';
import { column, key, schema, table } from '../support/schema.ts';

const seen = (name: string, more: Partial<Detection>): [string, Detection[]] => [
  JSON.stringify(['public', 't', name]),
  [{ path: [], class: 'email', confidence: 0.9, because: ['its name'], strategy: { as: 'email' }, ...more }],
];

const statistics = { nullFraction: 0, distinct: -1, averageWidth: 12, frequencies: [] };
const source = schema(
  table(
    't',
    [
      column('last text', { statistics }),
      'part text',
      'born date',
      'hired date',
      'iban text',
      'status text',
      'fine text',
    ],
    {
      keys: [key('unique', ['last', 'part'])],
      checks: [
        { name: 'adult', columns: ['hired', 'born'], expression: '(hired > born)' },
        { name: 'listed', columns: ['status'], expression: "(status = ANY (ARRAY['a'::text, 'b'::text]))" },
      ],
    },
  ),
);
const detections = new Map([
  seen('last', { class: 'family name', strategy: { as: 'name.last' } }),
  seen('born', { class: 'birth date', strategy: { as: 'shift', days: 30 } }),
  seen('iban', { class: 'bank account', strategy: { as: 'code' } }),
  seen('fine', { class: 'email' }),
]);

const planned = (draft: ProfileDraft) =>
  planMasks({
    profile: parseMaskingProfile(parse(profileText(draft)), 'm.yml'),
    schema: source,
    today: '2026-11-22',
  });

test('lines that would be refused get a strategy that holds, or say what stands against them', async () => {
  const draft = firstDraft({ schema: source, detections });
  assert.ok('problems' in planned(draft));
  const judged: string[] = [];
  const repaired = await repairedDraft({
    draft,
    schema: source,
    detections,
    judge: async (one) => {
      const made = planned(one);
      judged.push('plan' in made ? 'plan' : 'problems');
      if ('problems' in made) return made.problems;
      // As the rows of a domain would say.
      const code = profileText(one).includes('iban: code');
      return code ? [{ where: 'public.t.iban', what: 'code: the type does not hold', remedy: '' }] : [];
    },
  });
  const lines = profileText(repaired).split('\n');
  const line = (name: string) => lines.find((one) => one.trim().startsWith(`${name}:`))?.trim() ?? '';
  assert.match(
    line('last'),
    /^last: code # 90 % family name: its name; not name\.last: values of last that are different/,
  );
  assert.match(line('iban'), /^iban: id\.iban # .*not code: the type does not hold$/);
  assert.match(
    line('born'),
    /^born: \{shift: 30d\} # .*TO DECIDE: \{shift: 30d\}: CHECK adult compares it with other columns/,
  );
  assert.equal(line('fine'), 'fine: email # 90 % email: its name');
  const left = planned(repaired);
  assert.deepEqual('problems' in left && left.problems.map(({ where }) => where), ['public.t.born']);
  assert.ok(judged.length <= 6, `${judged.length} plans`);
});
