import { commandLine } from '../../command-line.ts';
import type { BranchLabels } from '../provider.ts';
import { listed } from './words.ts';

export type LabelledRepository = Pick<BranchLabels, 'repositoryId' | 'repository'>;

/** What a shell takes as one word; a label may hold anything. */
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/**
 * The sweeps of these repositories as commands, in one clause. Labels of older versions and of runs by number alone have
 * no repository's name.
 */
export function sweepCommands(of: readonly LabelledRepository[]): string {
  const unnamed = (id: number) => `(OWNER/NAME is the repository of number ${id})`;
  const commands = of.map(({ repository = '', repositoryId }) =>
    REPOSITORY.test(repository) ? sweep(repository) : `${sweep('OWNER/NAME')} ${unnamed(repositoryId)}`,
  );
  const each = [...new Set(commands.length === 0 ? [sweep('OWNER/NAME')] : commands)];
  return `with PULLGRES_SERVER_URL and a GITHUB_TOKEN that may read pull requests in the environment, ${listed(each)}`;
}

const sweep = (repository: string) => commandLine(`sweep --repository ${repository} --apply`);
