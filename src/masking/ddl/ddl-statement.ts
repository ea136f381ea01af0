/**
 * When a statement's turn comes. `schema`: before the rows, in order, in one session. After the rows: `index` makes an
 * index, or a constraint of its table alone, and runs beside others (of one table too); `other` is everything that has
 * its place in the order; `foreign key` comes after all of these; `code` (triggers, rules, policies, event triggers)
 * after that, so that nothing reacts to the load; `refresh` fills a materialized view, in order.
 */
export type DdlStep = 'schema' | 'index' | 'other' | 'foreign key' | 'code' | 'refresh';

/** A statement of pg_dump's sections that may run on the target: nothing in it is personal, as far as the detectors see. */
export type DdlStatement = {
  /** One statement, or several that go in one message, without a semicolon at the end. Names are qualified. */
  readonly sql: string;
  readonly step: DdlStep;
  /** In words: table, index, function. */
  readonly kind: string;
  /** As SQL writes it, qualified: `public.orders`. */
  readonly name: string;
  /** tableKey of the table that it is about. */
  readonly table?: string | undefined;
  /** A server refuses it to others than a superuser. */
  readonly superuser?: true;
  /** Roles that it names; production's are not on the branch server. */
  readonly roles?: readonly string[];
};

/** One thing that was removed, blanked, kept for a reason or refused; as the evidence has it (RefreshRecord['scrubbed']), never a literal. */
export type ScrubbedObject = {
  /** comment, default, view, function, user mapping, subscription … */
  readonly kind: string;
  /** As SQL writes it. */
  readonly name: string;
  readonly action: 'removed' | 'blanked' | 'kept' | 'refused';
  readonly why: string;
};

/** What has to be put right before a refresh can go on. */
export type ScrubProblem = {
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
};

/** An extension that the schema asks for. */
export type NeededExtension = {
  readonly name: string;
  readonly schema: string | undefined;
  /** Not trusted (docs: 36.17.1), so that only a superuser may create it. */
  readonly superuser: boolean;
  /** Must stand in shared_preload_libraries. */
  readonly preload: boolean;
};

export type ScrubOptions = {
  /** What in a text looks personal, and why: findPersonal of the detection. `because` holds no value. */
  readonly detect: (text: string) => readonly { readonly class: string; readonly because: string }[];
  /** Whether a real value of a sensitive column of the source stands in the text. */
  readonly known?: ((text: string) => boolean) | undefined;
  /** Keep comments in which nothing personal is found. */
  readonly keepComments: boolean;
  /** Objects whose literals were looked at by a person: name as told in `scrubbed`, and the reason. A known value is refused all the same. */
  readonly allow?: ReadonlyMap<string, string> | undefined;
};

export type Scrubbed = {
  readonly preData: readonly DdlStatement[];
  readonly postData: readonly DdlStatement[];
  readonly scrubbed: readonly ScrubbedObject[];
  /** Empty when the statements may run. */
  readonly problems: readonly ScrubProblem[];
  readonly extensions: readonly NeededExtension[];
};

/** Settings under which the statements mean what pg_dump meant by them (the SETs that it writes itself). */
export const DDL_SETTINGS: Readonly<Record<string, string>> = {
  search_path: '',
  check_function_bodies: 'off',
  xmloption: 'content',
  client_min_messages: 'warning',
  row_security: 'off',
  standard_conforming_strings: 'on',
  default_tablespace: '',
};
