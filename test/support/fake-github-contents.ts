import { createHash } from 'node:crypto';
import type { Call } from './fake-github-operations.ts';
import { type Answer, notFound } from './fake-github-refusals.ts';
import { repositoryUrl } from './github-shapes.ts';

/** The contents API gives no content beyond this many bytes. */
const MAXIMUM_CONTENT = 1_048_576;

/** `repos/get-content`: a file, or the entries of a folder. */
export function getContent(call: Call): Answer {
  const { operation, repository, parameters, query } = call;
  const ref = query.get('ref') ?? repository.defaultBranch;
  const path = parameters.path ?? '';
  const files = Object.hasOwn(repository.files, ref) ? repository.files[ref] : undefined;
  if (files === undefined) return notFound(operation, `No commit found for the ref ${ref}`);
  const content = Object.hasOwn(files, path) ? files[path] : undefined;
  if (content !== undefined) {
    return { status: 200, body: fileContent(call, ref, path, Buffer.from(content as string)) };
  }
  const below = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
  const names = new Set(below.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''));
  if (names.size === 0) return notFound(operation);
  const entries = [...names].map((name) => {
    const file = files[`${path}/${name}`];
    const type = file === undefined ? 'dir' : 'file';
    return { ...contentEntry(call, ref, `${path}/${name}`, Buffer.from((file ?? '') as string)), type };
  });
  return { status: 200, body: entries };
}

function contentEntry({ host, repository }: Call, ref: string, path: string, content: Buffer) {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const sha = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const url = `${repositoryUrl(host, repository)}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const git = `${repositoryUrl(host, repository)}/git/blobs/${sha}`;
  const html = `${host.web}/${repository.owner}/${repository.name}/blob/${encodeURIComponent(ref)}/${encoded}`;
  return {
    name: path.split('/').at(-1) ?? '',
    path,
    sha,
    size: content.length,
    url,
    html_url: html,
    git_url: git,
    download_url: null,
    type: 'file',
    _links: { self: url, git, html },
  };
}

/** Base64 in lines of 60, as GitHub sends it; beyond 1 MiB no content at all (docs: "Get repository content"). */
function fileContent(call: Call, ref: string, path: string, content: Buffer) {
  const entry = contentEntry(call, ref, path, content);
  if (content.length > MAXIMUM_CONTENT) return { ...entry, content: '', encoding: 'none' };
  const lines = content.toString('base64').replace(/.{1,60}/g, '$&\n');
  return { ...entry, content: lines, encoding: 'base64' };
}
