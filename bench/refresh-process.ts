/** Runs a refresh's rows and keys in a process of its own, whose memory can be measured: what is to be done comes as JSON in PULLGRES_BENCH_REFRESH. */
import { COMMON_DOMAINS } from '../src/masking/domain.ts';
import { buildKeys } from '../src/refresh/build-keys.ts';
import { loadRows } from '../src/refresh/pipeline.ts';
import { Secret } from '../src/secret.ts';
import { openTestSource, testKeys, testPlan } from '../test/support/refresh.ts';
import { INDEXES, MASKS, TABLE } from './refresh-table.ts';

const { steps, workers, from, to } = JSON.parse(process.env.PULLGRES_BENCH_REFRESH ?? '{}');
const facts = (of: { password: string }) => ({ ...of, password: new Secret(of.password) }) as never;

if (steps.includes('rows')) {
  const source = await openTestSource(facts(from));
  const clear = testPlan(source.schema, {
    [`public.${TABLE}`]: { masks: steps.includes('masks') ? MASKS : {} },
  });
  // Parts of a document have the keys of their own meaning.
  const plan = { ...clear, domains: [...clear.domains, ...COMMON_DOMAINS] };
  await loadRows({ source, target: facts(to), plan, keys: testKeys(plan), workers });
  await source.close();
}
if (steps.includes('keys')) {
  await buildKeys({ target: facts(to), statements: INDEXES, sequences: [], workers });
}
