import type { Strategy } from '../strategy.ts';
import { type Imported, type ImportedRule, importing } from './imported.ts';
import { parseColumnPlace, parseTablePattern } from './names.ts';
import { inert } from './problems.ts';

/** A row of pg_seclabels (docs: 53.22) whose provider is `anon`, read with an empty search_path so that names have their schema. */
export type AnonLabel = {
  /** `column`, `table`, `role`, `schema`, `database`, `function`. */
  readonly objtype: string;
  /** As SQL writes it: `public.users.email`. */
  readonly objname: string;
  readonly label: string;
};

/** Makes a profile of PostgreSQL Anonymizer's labels (its documentation, "Declare masking rules" and "Masking functions"). */
export function importAnonLabels(labels: readonly AnonLabel[]): Imported {
  const draft = importing('the security labels of PostgreSQL Anonymizer');
  for (const { objtype, objname, label } of labels) {
    const shown = `${objtype} ${inert(objname)}`;
    const what = `${shown}: ${inert(label)}`;
    if (objtype === 'column') {
      const place = parseColumnPlace(objname);
      const read = readLabel(label);
      if (place === undefined || place.path.length > 0)
        draft.remark(`${what} is of no column that can be read.`);
      else if (read === undefined) draft.remark(`${what} has no strategy here: the column has no rule yet.`);
      else draft.column(place, place.column, read);
      continue;
    }
    const share = /^\s*TABLESAMPLE\s+(?:BERNOULLI|SYSTEM)\s*\(\s*(\d+(?:\.\d+)?)\s*\)\s*$/i.exec(label)?.[1];
    const table = objtype === 'table' ? parseTablePattern(objname) : undefined;
    if (share !== undefined && table && Number(share) > 0 && Number(share) <= 100) {
      draft.sample({ schema: table.schema.text, table: table.table.text }, Number(share) / 100);
    } else draft.remark(`${what} is not taken over.`);
  }
  return draft.done();
}

function readLabel(label: string): ImportedRule | undefined {
  const text = label.trim();
  if (/^NOT\s+MASKED$/i.test(text)) return { rule: { as: 'clear' } };
  const value = /^MASKED\s+WITH\s+VALUE\s+(.+)$/is.exec(text)?.[1];
  if (value !== undefined) return valueRule(value.trim());
  const call = /^MASKED\s+WITH\s+FUNCTION\s+(?:anon|"anon")\.([a-z0-9_]+)\s*\((.*)\)$/is.exec(text);
  return call === null ? undefined : functionRule((call[1] ?? '').toLowerCase(), call[2] ?? '');
}

function valueRule(value: string): ImportedRule | undefined {
  if (/^NULL(::[\w ]+)?$/i.test(value)) return { rule: { as: 'null' } };
  const quoted = /^'((?:[^']|'')*)'(?:::[\w ]+)?$/s.exec(value)?.[1]?.replaceAll("''", "'");
  const dollars = /^\$(\w*)\$(.*)\$\1\$$/s.exec(value)?.[2];
  const plain = /^(?:-?\d+(?:\.\d+)?|true|false)$/i.test(value) ? value : undefined;
  const constant = quoted ?? dollars ?? plain;
  return constant === undefined ? undefined : { rule: { as: 'set', value: constant } };
}

const RANDOM = 'the value was random on each run, and is the same for equal values now';
const PARTIAL = 'part of the value was kept, and is masked now';

const by = (strategy: Strategy, remark?: string): ((args: string) => ImportedRule) => {
  return () => ({ rule: strategy, ...(remark === undefined ? {} : { remark }) });
};

/** Names of the extension's functions after fake_, dummy_, pseudo_ and random_. */
const MEANINGS: Readonly<Record<string, Strategy>> = {
  email: { as: 'email' },
  safe_email: { as: 'email' },
  free_email: { as: 'email' },
  first_name: { as: 'name.first' },
  last_name: { as: 'name.last' },
  name: { as: 'name' },
  full_name: { as: 'name' },
  company: { as: 'company' },
  company_name: { as: 'company' },
  username: { as: 'username' },
  user_name: { as: 'username' },
  phone: { as: 'phone' },
  phone_number: { as: 'phone' },
  cell_number: { as: 'phone' },
  address: { as: 'address' },
  street_name: { as: 'address' },
  street_address: { as: 'address' },
  city: { as: 'city' },
  city_name: { as: 'city' },
  postcode: { as: 'postcode' },
  zip: { as: 'postcode' },
  zip_code: { as: 'postcode' },
  iban: { as: 'digits', check: 'iban' },
  credit_card_number: { as: 'digits', check: 'luhn' },
  siret: { as: 'digits' },
  uuidv4: { as: 'uuid' },
  ipv4: { as: 'ip' },
  ipv6: { as: 'ip' },
  mac_address: { as: 'mac' },
  string: { as: 'code' },
};

const FUNCTIONS: Readonly<Record<string, (args: string) => ImportedRule | undefined>> = {
  partial: by({ as: 'code' }, PARTIAL),
  partial_email: by({ as: 'email' }, PARTIAL),
  hash: by({ as: 'code' }, 'the value became a hash, and keeps its shape now'),
  digest: by({ as: 'code' }, 'the value became a hash, and keeps its shape now'),
  lorem_ipsum: by({ as: 'text' }),
  noise: (args) => {
    const ratio = Number(/,\s*(?:ratio\s*(?:=>|:=)\s*)?(0?\.\d+|1(?:\.0+)?)\s*$/.exec(args)?.[1]);
    return ratio > 0 ? { rule: { as: 'noise', ratio } } : undefined;
  },
  dnoise: (args) => {
    const days = daysOf(/'([^']+)'(?:::interval)?\s*$/i.exec(args)?.[1] ?? '');
    return days === undefined ? undefined : { rule: { as: 'shift', days } };
  },
};

function functionRule(name: string, args: string): ImportedRule | undefined {
  if (Object.hasOwn(FUNCTIONS, name)) return FUNCTIONS[name]?.(args);
  const [, kind, meaning = ''] = /^(fake|dummy|pseudo|random)_(.+)$/.exec(name) ?? [];
  if (kind === undefined || !Object.hasOwn(MEANINGS, meaning)) return undefined;
  const rule = MEANINGS[meaning];
  return rule && { rule, ...(kind === 'pseudo' ? {} : { remark: RANDOM }) };
}

/** Days of an interval such as `2 years`, a month counted as 30 and a year as 365. */
function daysOf(interval: string): number | undefined {
  const [, count, unit] = /^\s*(\d{1,4})\s*(day|week|month|mon|year)s?\s*$/i.exec(interval) ?? [];
  const days = { day: 1, week: 7, month: 30, mon: 30, year: 365 }[(unit ?? '').toLowerCase()];
  return days === undefined || Number(count) === 0 ? undefined : Math.min(99_999, Number(count) * days);
}
