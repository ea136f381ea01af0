import * as core from '@actions/core';
import { createRedaction, type Redaction } from './redaction.ts';
import type { Annotation } from './world.ts';

/** The runner keeps so many of each level in a step and drops the rest (actions/runner, ExecutionContext.cs). */
export const ANNOTATION_LIMIT = 10;
/** The runner cuts a longer message without a word (same file). UTF-16 units. */
export const MESSAGE_LIMIT = 4096;
/** GitHub's limit for the title of an annotation. */
const TITLE_LIMIT = 255;

const mark = '… (cut)';

/** The text within `limit` UTF-16 units, with a visible mark when cut; surrogate pairs stay whole. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const room = limit - mark.length;
  const splitsPair = /[\ud800-\udbff]/.test(text.charAt(room - 1));
  return text.slice(0, splitsPair ? room - 1 : room) + mark;
}

type Level = Annotation['level'];

const print = { error: core.error, warning: core.warning, notice: core.notice } as const;

export type Annotations = {
  /** Prints an annotation while there is room for its level, else counts it. */
  readonly annotate: (annotation: Annotation) => void;
  /** An annotation without a place; beyond the limit a plain line, so that nothing is lost. */
  readonly say: (level: Level, text: string, title?: string) => void;
  /** Tells how many were not shown, once. */
  readonly tellDropped: () => void;
};

/** Keeps a step's annotations within the runner's limits. */
export function createAnnotations(redaction: Redaction): Annotations {
  const shown: Record<Level, number> = { error: 0, warning: 0, notice: 0 };
  const dropped: Record<Level, number> = { error: 0, warning: 0, notice: 0 };
  const hasRoom = (level: Level) => shown[level] < ANNOTATION_LIMIT;

  const say: Annotations['say'] = (level, text, title) => {
    const message = cut(redaction.printable(text), MESSAGE_LIMIT);
    if (!hasRoom(level)) return core.info(`${level[0]?.toUpperCase()}${level.slice(1)}: ${message}`);
    shown[level] += 1;
    print[level](message, title === undefined ? {} : { title });
  };

  return {
    say,
    annotate: ({ level, title, message, file, line, endLine, column, endColumn }) => {
      if (!hasRoom(level)) {
        dropped[level] += 1;
        return;
      }
      shown[level] += 1;
      print[level](cut(redaction.printable(message), MESSAGE_LIMIT), {
        title: cut(redaction.printableLine(title), TITLE_LIMIT),
        ...(file === undefined ? {} : { file: redaction.printableLine(file) }),
        ...(line === undefined ? {} : { startLine: line }),
        ...(endLine === undefined ? {} : { endLine }),
        ...(column === undefined ? {} : { startColumn: column }),
        ...(endColumn === undefined ? {} : { endColumn }),
      });
    },
    tellDropped: () => {
      const counts = Object.entries(dropped).filter(([, count]) => count > 0);
      for (const level of Object.keys(dropped) as Level[]) dropped[level] = 0;
      if (counts.length === 0) return;
      const list = counts.map(([level, count]) => `${count} more of level ${level}`).join(', ');
      say(
        'warning',
        `GitHub shows ${ANNOTATION_LIMIT} annotations of a level: ${list}. All are in the summary.`,
      );
    },
  };
}

/** Prints annotations outside an action, where there are no secrets to star out. */
export function annotationPrinter(): Annotations['annotate'] {
  return createAnnotations(createRedaction()).annotate;
}
