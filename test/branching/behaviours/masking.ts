import assert from 'node:assert/strict';
import { baselineName } from '../../../src/branching/guards.ts';
import { labelText } from '../../../src/branching/labels.ts';
import type { Baseline, BaselinePlace } from '../../../src/branching/provider.ts';
import { asks, type Behaviour, pull, refused, type Subject, withBaseline } from '../subject.ts';

const NOT_PROVED = /said to be masked, but its masking is not proved/;

/** A masked baseline of the name `shop`, begun on that day of June. */
function version(subject: Subject, day: number, attestation = 'sound'): Baseline {
  const date = `2026-06-0${day}`;
  const name = `shop-${subject.repositoryId}`;
  const id = `${name}@${date.replaceAll('-', '')}T000000Z`;
  const createdAt = `${date}T00:00:00.000Z`;
  return { id, kind: 'masked', createdAt, name, sourceAt: createdAt, attestation };
}

async function withVersion(subject: Subject, day: number, attestation?: string): Promise<Baseline> {
  const wanted = version(subject, day, attestation);
  return subject.provider.ensureBaseline(wanted, (facts) => subject.write(facts, `day ${day}`));
}

const label = (baseline: Baseline): string => labelText({ baseline });

/** What masked baselines promise. */
export const masking: readonly Behaviour[] = [
  {
    name: 'a masked baseline whose proof is trusted is a parent, and keeps what it says of itself',
    run: async (subject) => {
      const { id } = await withVersion(subject, 1);
      assert.deepEqual(await subject.another.findBaseline(id), version(subject, 1));
      const { branch } = await subject.provider.create(asks(subject, pull(subject, 1), id));
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['day 1']);
      const second = await withVersion(subject, 2);
      await subject.provider.reset(branch, second.id);
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['day 2']);
    },
  },
  {
    name: 'a proof that is trusted no more keeps every copy from being made, and takes no branch away',
    run: async (subject) => {
      const { id } = await withVersion(subject, 1);
      const request = asks(subject, pull(subject, 1), id);
      const { branch } = await subject.provider.create(request);
      subject.trust.judge = () => ({ why: 'The key was revoked.', hint: 'Refresh.' });
      const attempts = [
        () => subject.provider.create(asks(subject, pull(subject, 2), id)),
        () => subject.provider.create(request),
        () => subject.provider.reset(branch, id),
        () => subject.provider.withShard(branch, { index: 1, expiresAt: request.expiresAt }, async () => {}),
        () => subject.provider.resolveBaseline(id),
      ];
      for (const attempt of attempts) await refused(attempt(), /not proved. The key was revoked\./);
      assert.equal(await subject.provider.find(pull(subject, 2)), undefined);
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['day 1']);
      await withBaseline(subject);
      await subject.provider.reset(branch, (await withBaseline(subject)).id);
    },
  },
  {
    name: 'a masked baseline without a proof is refused, whatever is trusted',
    run: async (subject) => {
      subject.trust.judge = () => undefined;
      const { attestation: _, ...bare } = version(subject, 1);
      await subject.provider.ensureBaseline(bare, (facts) => subject.write(facts, 'a person'));
      await refused(subject.provider.create(asks(subject, pull(subject, 1), bare.id)), NOT_PROVED);
    },
  },
  {
    name: 'a masked baseline that takes connections is refused, whatever is trusted',
    run: async (subject) => {
      subject.trust.judge = () => undefined;
      const open = version(subject, 1);
      await subject.plant(`pullgres_open_${subject.repositoryId}`, label(open));
      await refused(subject.provider.create(asks(subject, pull(subject, 1), open.id)), /takes connections/);
    },
  },
  {
    name: 'trust is asked about the very database that bears the label, on this server, now',
    run: async (subject) => {
      const places: BaselinePlace[] = [];
      subject.trust.judge = (_, at) => void places.push(at);
      const [first, second] = [await withVersion(subject, 1), await withVersion(subject, 2)];
      const now = Date.parse((await subject.provider.now()).toISOString());
      await subject.provider.resolveBaseline(first.id);
      await subject.provider.resolveBaseline(second.id);
      // The label of one on the database of the other.
      await subject.relabel(baselineName(first.id), undefined);
      await subject.relabel(baselineName(second.id), label(first));
      // Where a server keeps the trace of a label written by hand, that is refused as well.
      await subject.another.resolveBaseline(first.id).catch(() => undefined);
      const [one, two, copied] = places.slice(-3);
      assert.ok(one && two && copied && one.databaseOid > 0);
      assert.notEqual(one.databaseOid, two.databaseOid);
      assert.equal(copied.databaseOid, two.databaseOid);
      assert.match(one.systemIdentifier ?? '', /^\d{10,20}$/);
      assert.equal(one.systemIdentifier, two.systemIdentifier);
      assert.ok(one.now.getTime() >= now);
    },
  },
  {
    name: 'a name gives the newest version, and an id that very one',
    run: async (subject) => {
      const name = `shop-${subject.repositoryId}`;
      assert.equal(await subject.provider.resolveBaseline(name), undefined);
      const newest = await withVersion(subject, 3);
      for (const day of [1, 2]) await withVersion(subject, day);
      const other = { ...version(subject, 5), name: 'other' };
      await subject.provider.ensureBaseline(other, async () => {});
      assert.deepEqual(await subject.provider.resolveBaseline(name), newest);
      assert.equal((await subject.provider.resolveBaseline(version(subject, 1).id))?.sourceAt?.at(9), '1');
      const synthetic: Baseline = { id: name, kind: 'synthetic', createdAt: newest.createdAt };
      await subject.provider.ensureBaseline(synthetic, async () => {});
      assert.deepEqual(await subject.provider.resolveBaseline(name), synthetic);
    },
  },
  {
    name: 'a newest version that is not trusted is an error, never an older one',
    run: async (subject) => {
      await withVersion(subject, 1);
      await withVersion(subject, 2, 'leaky');
      await refused(
        subject.provider.resolveBaseline(`shop-${subject.repositoryId}`),
        /20260602T000000Z" is said .* It says leaky/,
      );
    },
  },
  {
    name: 'the version that a branch has is kept while it is trusted, else the newest is given',
    run: async (subject) => {
      const name = `shop-${subject.repositoryId}`;
      const [held, newest] = [await withVersion(subject, 1), await withVersion(subject, 2)];
      assert.equal((await subject.provider.resolveBaseline(name, held.id))?.id, held.id);
      assert.equal((await subject.provider.resolveBaseline(name, 'schema_1234'))?.id, newest.id);
      subject.trust.judge = ({ id }) => (id === held.id ? { why: 'Too old.', hint: 'Refresh.' } : undefined);
      assert.equal((await subject.provider.resolveBaseline(name, held.id))?.id, newest.id);
    },
  },
  {
    name: 'a baseline that no refresh made has no manifest',
    run: async (subject) => {
      assert.equal(await subject.provider.manifestOf((await withBaseline(subject)).id), undefined);
    },
  },
];
