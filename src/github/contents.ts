import * as z from 'zod';
import { GitHubError, UserError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';

const fileSchema = z.object({
  type: z.string(),
  size: z.int(),
  encoding: z.string().optional(),
  content: z.string().optional(),
});

const contentSchema = z.union([z.array(z.unknown()), fileSchema]);

/** The contents API carries no file beyond this (docs: "Get repository content"). */
const MAXIMUM_BYTES = 1_048_576;

/**
 * The text of a file at a commit or branch, without its byte order mark; nothing when there is no such file. Throws
 * UserError for a folder, a submodule, a file over 1 MiB or not UTF-8, and GitHubError 404 when `ref` does not exist.
 */
export async function readFile(api: Api, path: string, ref: string): Promise<string | undefined> {
  const { octokit, owner, repo } = api;
  const where = `${path} at ${ref}`;
  try {
    const content = await asking({ doing: `reading ${where}`, permission: 'contents: read' }, async () => {
      const { data } = await octokit.rest.repos.getContent({ owner, repo, path, ref });
      return contentSchema.parse(data);
    });
    return textOf(content, where);
  } catch (error) {
    if (error instanceof GitHubError && error.status === 404 && !isMissingCommit(error)) return undefined;
    throw error;
  }
}

/** "No file" and "no such commit" are both 404: the second must not pass for the first. */
function isMissingCommit(error: GitHubError): boolean {
  return /no commit found for the ref/i.test(error.message);
}

function textOf(content: z.infer<typeof contentSchema>, where: string): string {
  if (Array.isArray(content))
    throw new UserError(`${where} is a folder, not a file.`, { hint: 'Put a file there.' });
  if (content.size > MAXIMUM_BYTES) {
    throw new UserError(`${where} has ${content.size} bytes; the limit is 1 MiB (1,048,576 bytes).`, {
      hint: 'Keep only what belongs in it, on that branch.',
    });
  }
  if (content.type !== 'file' || content.encoding !== 'base64' || content.content === undefined) {
    throw new UserError(`${where} is not a file but a ${content.type}.`, {
      hint: 'Commit the file itself in place of the link or submodule.',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(content.content, 'base64'));
  } catch (cause) {
    throw new UserError(`${where} is not UTF-8 text.`, { hint: 'Save the file as UTF-8.', cause });
  }
}
