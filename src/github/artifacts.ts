import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import { download } from './download.ts';
import { readOnlyEntry } from './zip.ts';

export type ArtifactRequest = {
  /** Decimal digits. */
  readonly runId: string;
  readonly name: string;
  /** The one file that it must hold. */
  readonly file: string;
  /** Of the archive and of the file, each. */
  readonly maximumBytes: number;
};

/** `refused`: there is one, and it is not used; `why` is a sentence of ours without a word of the artifact's. */
export type ArtifactFile =
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'file'; readonly text: string };

const artifactSchema = z.object({
  id: z.int().positive(),
  name: z.string(),
  size_in_bytes: z.int().nonnegative(),
  expired: z.boolean(),
  created_at: z.string().nullable(),
  workflow_run: z.object({ id: z.int() }).nullish(),
});

const listSchema = z.object({ artifacts: z.array(artifactSchema) });

type Artifact = z.infer<typeof artifactSchema>;

const permission = 'actions: read';

/** A run may leave as many artifacts as its author likes; no honest one leaves 300 of one name. */
const MAXIMUM_PAGES = 3;

/**
 * The text of the only file in the newest artifact of this name of the run, whatever attempt left it. What is in it is a
 * stranger's: it is never read beyond `maximumBytes`, neither packed nor unpacked. Throws GitHubError.
 */
export async function readArtifactFile(api: Api, request: ArtifactRequest): Promise<ArtifactFile> {
  const artifact = await findNewest(api, request);
  if (artifact === undefined) return { kind: 'missing' };
  const tooLong = { kind: 'refused', why: tooLongWords(request.maximumBytes) } as const;
  if (artifact.size_in_bytes > request.maximumBytes) return tooLong;
  const address = await findAddress(api, artifact.id);
  if (address === undefined) return { kind: 'missing' };
  const archive = await download(api, address, request.maximumBytes);
  if (archive === undefined) return tooLong;
  return readOnlyEntry(archive, request.file, request.maximumBytes);
}

function tooLongWords(maximumBytes: number): string {
  return `The artifact is larger than ${maximumBytes / 1_048_576} MiB.`;
}

async function findNewest(
  { octokit, owner, repo }: Api,
  { runId, name }: ArtifactRequest,
): Promise<Artifact | undefined> {
  const found: Artifact[] = [];
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const artifacts = await asking({ doing: "listing the run's artifacts", permission }, async () => {
      const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({
        owner,
        repo,
        run_id: Number(runId),
        name,
        per_page: 100,
        page,
      });
      return listSchema.parse(data).artifacts;
    });
    found.push(...artifacts);
    if (artifacts.length < 100) break;
  }
  // A run's own artifacts, by their exact name, whatever the filter thinks.
  return found
    .filter(
      (one) => one.name === name && !one.expired && (one.workflow_run?.id ?? Number(runId)) === Number(runId),
    )
    .sort((a, b) => compareText(b.created_at ?? '', a.created_at ?? '') || b.id - a.id)[0];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where the archive can be had for a minute, without the token (docs: "Download an artifact"). */
async function findAddress({ octokit, owner, repo }: Api, id: number): Promise<string | undefined> {
  try {
    return await asking({ doing: "asking for the run's artifact", permission }, async () => {
      const { headers } = await octokit.rest.actions.downloadArtifact({
        owner,
        repo,
        artifact_id: id,
        archive_format: 'zip',
        request: { redirect: 'manual' },
      });
      return z.url({ protocol: /^https?$/ }).parse(headers.location);
    });
  } catch (error) {
    // Expired or deleted since it was listed.
    if (error instanceof GitHubError && (error.status === 404 || error.status === 410)) return undefined;
    throw error;
  }
}
