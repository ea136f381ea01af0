/** What a job stars out, as actions/runner does it (SecretMasker.cs, ValueEncoders.cs, HostContext.cs). */
export type Masks = {
  /** Adds the value, each of its lines, and their encodings. Blank values are ignored. */
  readonly add: (value: string) => void;
  /** The text with every masked stretch replaced by `***`. */
  readonly apply: (text: string) => string;
  /** The values as they were given, without encodings. */
  readonly values: readonly string[];
};

const xml: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function base64From(value: string, shift: number): string {
  const bytes = Buffer.from(value);
  return bytes.subarray(bytes.length > shift ? shift : 0).toString('base64');
}

/** RFC 3986 escape, as .NET's Uri.EscapeDataString makes it. */
function percentEncoded(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The forms of one value that the runner stars out. The two PowerShell forms are left out: no step here uses it. */
export function encodings(value: string): string[] {
  const quoted = value.length > 8 && value.startsWith('"') && value.endsWith('"');
  return [
    value,
    base64From(value, 0),
    base64From(value, 1),
    base64From(value, 2),
    value.replaceAll('"', '\\"'),
    value.replaceAll("'", "''"),
    JSON.stringify(value).slice(1, -1),
    percentEncoded(value),
    value.replace(/[&<>"']/g, (character) => xml[character] ?? character),
    quoted ? value.slice(1, -1) : '',
  ].filter((form) => form !== '');
}

function ranges(text: string, forms: Iterable<string>): [start: number, end: number][] {
  const found: [number, number][] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
      found.push([at, at + form.length]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}

/** An empty set of masks; one belongs to a whole job. */
export function createMasks(): Masks {
  const forms = new Set<string>();
  const values: string[] = [];
  const addOne = (value: string) => {
    if (values.includes(value)) return;
    values.push(value);
    for (const form of encodings(value)) forms.add(form);
  };
  return {
    values,
    add: (value) => {
      if (value.trim() === '') return;
      const lines = value.split(/[\r\n]/).map((line) => line.trim());
      for (const each of [value, ...lines.filter((line) => line !== '')]) addOne(each);
    },
    apply: (text) => {
      let masked = '';
      let done = 0;
      let open: [number, number] | undefined;
      for (const range of [...ranges(text, forms), [Infinity, Infinity] as [number, number]]) {
        if (open && range[0] <= open[1]) {
          open[1] = Math.max(open[1], range[1]);
          continue;
        }
        if (open) {
          masked += `${text.slice(done, open[0])}***`;
          done = open[1];
        }
        open = range;
      }
      return masked + text.slice(done);
    },
  };
}
