import type { Masks } from './masks.ts';
import { COMMANDS, type Command, parseCommand } from './workflow-commands.ts';

export type Level = 'error' | 'warning' | 'notice';

/** An annotation that the runner would keep: at most 10 a level, message masked and cut at 4,096 characters. */
export type StepAnnotation = {
  readonly level: Level;
  readonly message: string;
  readonly title: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly endLine: number | undefined;
};

/** What a step printed. `shown` is what the log shows, undefined for a line that the runner swallows. */
export type LogLine = { readonly raw: string; readonly shown: string | undefined; readonly mask: boolean };

export type StepLog = {
  /** Takes one line of output. */
  readonly accept: (raw: string) => void;
  readonly lines: readonly LogLine[];
  readonly annotations: readonly StepAnnotation[];
  /** What the runner would complain of; `failed` is set where it fails the step for it. */
  readonly problems: string[];
  readonly failed: () => boolean;
};

/** Limits of actions/runner (ExecutionContext.cs). */
export const ANNOTATIONS_PER_LEVEL = 10;
export const MESSAGE_LIMIT = 4096;

const refused = new Set(['set-env', 'set-output', 'save-state', 'add-path']);

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

type Annotator = (level: Level, command: Command) => void;

/** Keeps what the runner keeps; the first one over the limit of its level is a problem. */
function createAnnotator(masks: Masks, annotations: StepAnnotation[], problems: string[]): Annotator {
  const full = new Set<Level>();
  return (level, { data, properties: { title, file, line, endLine } }) => {
    if (annotations.filter((other) => other.level === level).length < ANNOTATIONS_PER_LEVEL) {
      const message = masks.apply(data).slice(0, MESSAGE_LIMIT);
      annotations.push({ level, message, title, file, line: whole(line), endLine: whole(endLine) });
    } else if (!full.has(level)) {
      full.add(level);
      problems.push(`More than ${ANNOTATIONS_PER_LEVEL} ${level} annotations: the runner drops the rest`);
    }
  };
}

function addMask(value: string, masks: Masks, lines: readonly LogLine[]): string[] {
  if (value.trim() === '') return ["Can't add secret mask for empty string in ##[add-mask] command."];
  masks.add(value);
  const early = lines.findIndex((line) => !line.mask && line.raw.includes(value));
  const text = lines[early]?.raw.replaceAll(value, '***');
  return early < 0
    ? []
    : [`Line ${early + 1} prints a value that is masked only at line ${lines.length + 1}: ${text}`];
}

/** What the log shows of commands that only format it. Those not listed here are swallowed. */
const shownAs: Readonly<Record<string, (data: string, debug: boolean) => string | undefined>> = {
  error: (data) => `##[error]${data}`,
  warning: (data) => `##[warning]${data}`,
  notice: (data) => `##[notice]${data}`,
  debug: (data, debug) => (debug ? `##[debug]${data}` : undefined),
  group: (data) => `##[group]${data}`,
  endgroup: () => '##[endgroup]',
};

/** Reads a step's output line by line by the runner's rules, filling `masks` as it goes. */
export function createStepLog(masks: Masks, debug: boolean): StepLog {
  const lines: LogLine[] = [];
  const annotations: StepAnnotation[] = [];
  const problems: string[] = [];
  const annotate = createAnnotator(masks, annotations, problems);
  let stopToken: string | undefined;
  let failed = false;

  const show = (raw: string, text: string | undefined, mask = false) =>
    void lines.push({ raw, shown: text === undefined ? undefined : masks.apply(text), mask });
  const fail = (raw: string, problem: string) => {
    failed = true;
    problems.push(problem);
    show(raw, `##[error]${problem}`);
  };
  const stop = (raw: string, token: string) => {
    if (token === '' || COMMANDS.has(token.toLowerCase()) || token === 'pause-logging')
      return fail(raw, `::stop-commands:: needs a token of its own, not '${token}'`);
    stopToken = token;
    if (token.length > 6) masks.add(token);
    show(raw, raw);
  };

  const obey = (raw: string, command: Command) => {
    const { name, data } = command;
    if (refused.has(name))
      return fail(raw, `The workflow command ::${name}:: is disabled; write to the step's file instead`);
    if (name === 'stop-commands') return stop(raw, data);
    if (name === 'add-mask') problems.push(...addMask(data, masks, lines));
    if (name === 'error' || name === 'warning' || name === 'notice') annotate(name, command);
    show(raw, shownAs[name]?.(data, debug), name === 'add-mask');
  };

  return {
    lines,
    annotations,
    problems,
    failed: () => failed,
    accept: (raw) => {
      const known = stopToken === undefined ? COMMANDS : new Set([stopToken.toLowerCase()]);
      const command = parseCommand(raw, known);
      if (command && stopToken === undefined) return obey(raw, command);
      if (command) stopToken = undefined;
      show(raw, raw);
    },
  };
}
