import type { Evidence } from '../evidence/schema.ts';
import { renderComment } from './comment.ts';
import { VERDICT_WORDS } from './headline.ts';
import { blocks, code, link, prose } from './markdown.ts';
import { sentence } from './words.ts';

/** The run that a published result comes from, by GitHub's own word. */
export type PublishedRun = {
  readonly id: string;
  readonly attempt: number;
  readonly url: string;
  readonly headSha: string;
};

/** The comment of a result that another run measured, with what such a result is worth. */
export function publishedComment(evidence: Evidence, run: PublishedRun): string {
  return blocks([
    renderComment(evidence),
    `<sub>Measured in the pull request's own ${runLink(run)}, which its author can change like any CI, and published by another workflow. The check of that run decides.</sub>`,
  ]);
}

/** The comment where a run left nothing that may be shown. `why` is ours: no word of the artifact is in it. */
export function unpublishedComment(
  run: PublishedRun,
  { title, why, step }: { readonly title: string; readonly why: string; readonly step: string },
): string {
  const { glyph, words } = VERDICT_WORDS.unproven;
  return blocks([
    `### ${glyph} ${words}: ${prose(title)}`,
    `**Why:** ${prose(sentence(why))}`,
    `**What to do now:** ${prose(step)}`,
    `<sub>${code(run.headSha.slice(0, 7))} · ${runLink(run)}</sub>`,
  ]);
}

function runLink({ id, attempt, url }: PublishedRun): string {
  return link(`run ${id}${attempt > 1 ? `, attempt ${attempt}` : ''}`, url);
}
