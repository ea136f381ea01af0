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

/** Reads a step's output line by line by the runner's rules, filling `masks` as it goes. */
export function createStepLog(masks: Masks, debug: boolean): StepLog {
  const lines: LogLine[] = [];
  const annotations: StepAnnotation[] = [];
  const problems: string[] = [];
  const dropped = { error: 0, warning: 0, notice: 0 };
  let stopToken: string | undefined;
  let failed = false;

  const show = (raw: string, text: string | undefined, mask = false) =>
    lines.push({ raw, shown: text === undefined ? undefined : masks.apply(text), mask });
  const fail = (problem: string) => {
    failed = true;
    problems.push(problem);
  };

  const annotate = (level: Level, command: Command) => {
    const { title, file, line, endLine } = command.properties;
    if (annotations.filter((other) => other.level === level).length >= ANNOTATIONS_PER_LEVEL) {
      dropped[level] += 1;
      if (dropped[level] === 1)
        problems.push(`More than ${ANNOTATIONS_PER_LEVEL} ${level} annotations: the runner drops the rest`);
      return;
    }
    const message = masks.apply(command.data).slice(0, MESSAGE_LIMIT);
    annotations.push({ level, message, title, file, line: whole(line), endLine: whole(endLine) });
  };

  const addMask = (raw: string, value: string) => {
    if (value.trim() === '') {
      problems.push("Can't add secret mask for empty string in ##[add-mask] command.");
    } else {
      const early = lines.findIndex((line) => !line.mask && line.raw.includes(value));
      if (early >= 0)
        problems.push(
          `Line ${early + 1} prints a value that is masked only at line ${lines.length + 1}: ${lines[early]?.raw.replaceAll(value, '***')}`,
        );
      masks.add(value);
    }
    show(raw, undefined, true);
  };

  const obey = (raw: string, command: Command) => {
    const { name, data } = command;
    if (refused.has(name)) {
      fail(`The workflow command ::${name}:: is disabled; write to the step's file instead`);
      return show(raw, `##[error]The '${name}' command is disabled.`);
    }
    switch (name) {
      case 'add-mask':
        return addMask(raw, data);
      case 'stop-commands':
        if (data === '' || COMMANDS.has(data.toLowerCase()) || data === 'pause-logging')
          return fail(`::stop-commands:: needs a token of its own, not '${data}'`);
        stopToken = data;
        if (data.length > 6) masks.add(data);
        return show(raw, raw);
      case 'error':
      case 'warning':
      case 'notice':
        annotate(name, command);
        return show(raw, `##[${name}]${data}`);
      case 'debug':
        return show(raw, debug ? `##[debug]${data}` : undefined);
      case 'group':
        return show(raw, `##[group]${data}`);
      case 'endgroup':
        return show(raw, '##[endgroup]');
      default:
        return show(raw, undefined); // echo, add-matcher, remove-matcher: no effect here.
    }
  };

  return {
    lines,
    annotations,
    problems,
    failed: () => failed,
    accept: (raw) => {
      const known = stopToken === undefined ? COMMANDS : new Set([stopToken.toLowerCase()]);
      const command = parseCommand(raw, known);
      if (!command) return void show(raw, raw);
      if (stopToken === undefined) return void obey(raw, command);
      stopToken = undefined;
      show(raw, raw);
    },
  };
}
