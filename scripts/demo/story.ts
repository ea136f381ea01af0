import { styleText } from 'node:util';

/** Prints the demo as a story: acts, steps with their time, the comment as text. */
export type Story = {
  readonly act: (title: string) => void;
  readonly tell: (text: string) => void;
  /** Runs `work` and prints its title, then the time it took; `progress` rewrites the line on a terminal. */
  readonly step: <T>(title: string, work: (progress: (text: string) => void) => Promise<T>) => Promise<T>;
  readonly quote: (text: string) => void;
};

export function createStory(output: NodeJS.WriteStream): Story {
  const started = performance.now();
  const live = output.isTTY === true;
  const write = (text: string) => output.write(text);
  const bold = (text: string) => (live ? styleText('bold', text) : text);
  const dim = (text: string) => (live ? styleText('dim', text) : text);
  return {
    act(title) {
      const clock = `${((performance.now() - started) / 1000).toFixed(0)} s`;
      const line = `${title} · ${clock}`;
      write(`\n${bold(title)} ${dim(`· ${clock}`)}\n${'─'.repeat(line.length)}\n`);
    },
    tell: (text) => void write(`${text}\n`),
    async step(title, work) {
      const begun = performance.now();
      const progress = (text: string) => {
        if (live) write(`\r\x1b[2K  … ${title} ${dim(text.slice(0, 90))}`);
      };
      if (live) write(`  … ${title}`);
      const result = await work(progress);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      write(`${live ? '\r\x1b[2K' : ''}  ✓ ${title} ${dim(`(${seconds} s)`)}\n`);
      return result;
    },
    quote(text) {
      for (const line of text.trimEnd().split('\n')) write(`  ${dim('│')} ${line}\n`);
    },
  };
}
