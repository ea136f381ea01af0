import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Filesystem = 'xfs' | 'btrfs' | 'ext4';

export type Mount = {
  readonly path: string;
  /** Unmounts, and removes the image. Never throws for what is gone already. */
  readonly unmount: () => void;
};

const MAKE: Readonly<Record<Filesystem, readonly string[]>> = {
  xfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'],
  btrfs: ['mkfs.btrfs', '-q'],
  ext4: ['mkfs.ext4', '-q', '-m', '0', '-E', 'nodiscard'],
};

const quietly = (program: string, ...args: readonly string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Why no filesystem can be mounted here: a sentence; undefined when it can be tried. */
export function whyNoMount(filesystem: Filesystem): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'Only root on Linux can mount an image.';
  const [program = ''] = MAKE[filesystem];
  try {
    quietly('which', program);
    return undefined;
  } catch {
    return `${program} is missing (Debian: xfsprogs, btrfs-progs, e2fsprogs).`;
  }
}

/** A new filesystem in a sparse file, mounted in a folder of its own below the folder for temporary files. Throws when it cannot be made or mounted, and leaves nothing. */
export function mountImage(filesystem: Filesystem, megabytes: number): Mount {
  const folder = mkdtempSync(join(tmpdir(), `pullgres-${filesystem}-`));
  const [image, path] = [join(folder, 'image'), join(folder, 'mount')];
  const unmount = (): void => {
    try {
      quietly('umount', path);
    } catch {
      // Not mounted, or a process still stands in it: detached at once, it goes with that process.
      try {
        quietly('umount', '--lazy', path);
      } catch {}
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    writeFileSync(image, '');
    truncateSync(image, megabytes * 1024 * 1024);
    const [program = '', ...args] = MAKE[filesystem];
    quietly(program, ...args, image);
    quietly('mkdir', path);
    // What is deleted in it leaves the image too.
    quietly('mount', '-o', 'loop,discard', image, path);
    // The server walks in as another user.
    quietly('chmod', '755', folder, path);
    return { path, unmount };
  } catch (error) {
    unmount();
    throw error;
  }
}
