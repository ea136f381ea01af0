import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Who commits in the demo, and no configuration of the person who runs it. */
const environment = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Mara',
  GIT_AUTHOR_EMAIL: 'mara@shop.example',
  GIT_COMMITTER_NAME: 'Mara',
  GIT_COMMITTER_EMAIL: 'mara@shop.example',
};

export type ShopRepository = {
  readonly workspace: string;
  readonly baseSha: string;
  /** Commits `folder`'s files as the pull request's head and checks out its merge into main, as GitHub does. */
  readonly push: (folder: string, message: string) => Promise<{ headSha: string; mergeSha: string }>;
};

/** A clone of the shop's repository with the merged migrations on `main`. */
export async function createShopRepository(root: string, workspace: string): Promise<ShopRepository> {
  const shop = join(root, 'fixtures', 'shop');
  await mkdir(workspace, { recursive: true });
  const git = async (...args: string[]) =>
    (await run('git', args, { cwd: workspace, env: environment })).stdout.trim();
  await git('init', '--quiet', '--initial-branch=main');
  for (const part of ['migrations', 'test']) {
    await cp(join(shop, part), join(workspace, part), { recursive: true });
  }
  await writeFile(join(workspace, '.gitignore'), 'node_modules\nreport.xml\n');
  await symlink(join(root, 'node_modules'), join(workspace, 'node_modules'));
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'The shop as it runs in production');
  const baseSha = await git('rev-parse', 'HEAD');
  let head = baseSha;
  return {
    workspace,
    baseSha,
    async push(folder, message) {
      await git('checkout', '--quiet', '--detach', baseSha);
      await cp(folder, join(workspace, 'migrations'), { recursive: true });
      await git('add', '--all');
      const tree = await git('write-tree');
      head = await git('commit-tree', tree, '-p', head, '-m', message);
      const mergeSha = await git('commit-tree', tree, '-p', baseSha, '-p', head, '-m', 'Merge');
      await git('reset', '--quiet', '--hard', mergeSha);
      return { headSha: head, mergeSha };
    },
  };
}
