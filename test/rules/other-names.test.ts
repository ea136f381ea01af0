import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXCEPTION_RULES } from '../../src/policy/exceptions.ts';
import { INLINE_RULES } from '../../src/policy/inline.ts';
import { MIGRATION_FAILED } from '../../src/report/failed-migrations.ts';
import { docsUrl } from '../../src/rules/docs-url.ts';
import { ruleNames } from '../../src/rules/names.ts';
import { OTHER_NAMES } from '../../src/rules/other-names.ts';
import { rules } from '../../src/rules/registry.ts';

test('every name that a finding may bear is a rule or is described', () => {
  const slugs = rules.map(({ slug }) => slug);
  const others = [...ruleNames, ...EXCEPTION_RULES, ...INLINE_RULES, MIGRATION_FAILED].filter(
    (name) => !slugs.includes(name),
  );
  assert.deepEqual(Object.keys(OTHER_NAMES).toSorted(), [...new Set(others)].toSorted());
});

test('a rule’s page is its own; the others stand in the list of rules', () => {
  const [rule] = rules;
  assert.ok(rule);
  assert.equal(
    docsUrl(rule.slug),
    `https://github.com/pullgres/pullgres/blob/main/src/rules/${rule.slug}/doc.md`,
  );
  for (const name of Object.keys(OTHER_NAMES))
    assert.match(docsUrl(name), new RegExp(`/docs/rules\\.md#${name}$`));
});
