import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import { type DatabaseRecord, readDatabases } from './databases.ts';
import { ownLabels, sameBranch } from './guards.ts';
import { ownerWords } from './identity.ts';
import type { Branch, BranchIdentity, BranchLabels } from './provider.ts';

/** The finished branch of this identity, by its labels wherever it stands. Throws ProviderError when two claim to be it. */
export function locate(
  records: readonly DatabaseRecord[],
  identity: BranchIdentity,
): { readonly name: string; readonly labels: BranchLabels } | undefined {
  const found = records.flatMap((record) => {
    const labels = record.invalid ? undefined : ownLabels(record.label, identity);
    return labels ? [{ name: record.name, labels }] : [];
  });
  if (found.length > 1) {
    const names = found.map((each) => each.name).join(' and ');
    throw new ProviderError(`The databases ${names} both bear the labels of ${ownerWords(identity)}.`, {
      hint: 'One of them was copied or relabelled by hand: drop that one.',
    });
  }
  return found[0];
}

/** The branch's labels as they are now; throws ProviderError when they are not those of the branch in hand. */
export async function reread(
  admin: Admin,
  branch: Branch,
): Promise<{ record: DatabaseRecord; labels: BranchLabels }> {
  const record = (await readDatabases(admin)).find((each) => each.name === branch.name);
  const labels = sameBranch(record !== undefined, record?.label, branch);
  if (!record || record.invalid || record.template) {
    throw new ProviderError(
      `The branch ${branch.name} is ${record?.template ? 'marked as a template' : 'half dropped'}.`,
      {
        hint: 'Remove it (closing the pull request does that) and run the branch action again.',
      },
    );
  }
  return { record, labels };
}
