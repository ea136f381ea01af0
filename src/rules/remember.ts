import type { RuleContext } from './context.ts';

/** What a rule keeps in mind while it goes through one file or one transaction, so that it need not look back at every statement. */
export type Memory<T> = (about: object) => T;

/** A memory for each transaction, file or other thing, made on first use and forgotten with it. */
export function memory<T>(make: () => T): Memory<T> {
  const kept = new WeakMap<object, T>();
  return (about) => {
    const known = kept.get(about);
    if (known !== undefined) return known;
    const made = make();
    kept.set(about, made);
    return made;
  };
}

/** Says for the first asker about a subject, and again whenever the same one asks, that it is the first. */
export function first<Asker extends object>(): (about: object, asker: Asker, subject?: string) => boolean {
  const askers = memory(() => new Map<string, Asker>());
  return (about, asker, subject = '') => {
    const before = askers(about).get(subject);
    if (before === undefined) askers(about).set(subject, asker);
    return before === undefined || before === asker;
  };
}

/** Whether a statement stands in the file itself, not inside a DO block. */
export function standsInFile(statement: object, { file }: RuleContext): boolean {
  return file.statements[file.index] === statement;
}

/** A count over a list that grows, such as the earlier statements of a transaction: each item is gone through once, however often it is asked for. */
export function tally<Item, State>(
  start: () => State,
  add: (state: State, item: Item, index: number) => void,
): (list: readonly Item[]) => State {
  const kept = memory(() => ({ state: start(), seen: 0 }));
  return (list) => {
    const one = kept(list);
    for (; one.seen < list.length; one.seen += 1) add(one.state, list[one.seen] as Item, one.seen);
    return one.state;
  };
}
