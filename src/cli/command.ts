/** 0 clean, 1 findings or a failed check, 2 could not judge, 130 cancelled (128 + SIGINT, as shells say it). */
export type ExitCode = 0 | 1 | 2 | 130;

export type Command = {
  readonly help: string;
  readonly run: (args: readonly string[]) => Promise<ExitCode>;
};
