import { XMLParser, XMLValidator } from 'fast-xml-parser';
import * as z from 'zod';
import { UserError } from '../errors.ts';

/** One element. `text` is its own text without that of its children, references decoded. */
export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
};

const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = ':@';
const ATTRIBUTE_PREFIX = '@';

/** Deeper nesting is an attack on the stack, not a report. */
const MAXIMUM_DEPTH = 100;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  // The prefix also keeps names such as `constructor` apart from JavaScript's own.
  attributeNamePrefix: ATTRIBUTE_PREFIX,
  cdataPropName: CDATA,
  textNodeName: TEXT,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAXIMUM_DEPTH,
  // References are decoded below: the five of XML 1.0 and character numbers, nothing that a file declares.
  processEntities: false,
});

const nodeSchema = z.record(z.string(), z.unknown());
const nodesSchema = z.array(nodeSchema);
type Node = z.infer<typeof nodeSchema>;

/**
 * Reads a whole XML document and gives its one root element. Throws UserError for text that is not
 * well-formed, ends too early, or holds a DOCTYPE (entity bombs, external entities).
 */
export function readXml(bytes: Buffer, file: string): XmlElement {
  const text = decodeBytes(bytes, file);
  // The parser alone gives a clean tree for a file that was cut off; only the validator notices.
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw broken(file, `${validatorWords(valid.err.msg)} (line ${valid.err.line})`);
  refuseDoctype(text, file);
  const roots = elements(parse(text, file));
  const [root] = roots;
  if (root === undefined || roots.length > 1) throw broken(file, `it has ${roots.length} root elements`);
  return root;
}

function parse(text: string, file: string): readonly Node[] {
  try {
    return nodesSchema.parse(parser.parse(text));
  } catch (error) {
    throw broken(file, error instanceof Error ? error.message : String(error));
  }
}

/** fast-xml-parser lists the elements left open as JSON: `Invalid '[ "testsuite" ]' found.` */
function validatorWords(message: string): string {
  const open = /^Invalid '(\[[\s\S]*\])' found\.?$/.exec(message)?.[1];
  if (open === undefined) return message.replace(/\.$/, '');
  const names = [...open.matchAll(/"([^"]*)"/g)].map(([, name]) => `<${name}>`);
  return `it ends before ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} closed`;
}

function broken(file: string, problem: string): UserError {
  const detail = problem.replaceAll(/\s+/g, ' ').slice(0, 200);
  return new UserError(`The test report ${file} is not complete XML: ${detail}.`, {
    hint: 'The test runner probably stopped while it wrote the report; see the end of its output.',
  });
}

/** Only for valid text: an unclosed comment would make the search below quadratic. */
function refuseDoctype(text: string, file: string): void {
  const outside = text.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->/g, '');
  if (!/<!(DOCTYPE|ENTITY)/i.test(outside)) return;
  throw new UserError(`The test report ${file} declares a DOCTYPE, which JUnit XML does not need.`, {
    hint: 'Pullgres reads no declared entities. Write the report without a DOCTYPE.',
  });
}

/** Byte order mark first, then the declaration, then UTF-8 (XML 1.0, appendix F). */
function decodeBytes(bytes: Buffer, file: string): string {
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined;
  const head = bytes.subarray(0, 200).toString('latin1');
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding=["']([\w.:-]+)["']/.exec(head)?.[1];
  const encoding = marked ?? declared ?? 'utf-8';
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    throw new UserError(`The test report ${file} is written in the unknown encoding ${encoding}.`, {
      hint: 'Write it in UTF-8.',
    });
  }
}

function elements(nodes: readonly Node[]): readonly XmlElement[] {
  return nodes.map(element).filter((found) => found !== undefined);
}

function element(node: Node): XmlElement | undefined {
  const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
  if (name === undefined || name === TEXT || name === CDATA || name.startsWith('?')) return undefined;
  const content = nodesSchema.parse(node[name]);
  return { name, attributes: attributes(node), children: elements(content), text: ownText(content) };
}

function attributes(node: Node): ReadonlyMap<string, string> {
  const entries = Object.entries(nodeSchema.parse(node[ATTRIBUTES] ?? {}));
  return new Map(entries.map(([key, value]) => [key.slice(ATTRIBUTE_PREFIX.length), decode(String(value))]));
}

function ownText(content: readonly Node[]): string {
  return content
    .map((node) => {
      if (node[TEXT] !== undefined) return decode(String(node[TEXT]));
      if (node[CDATA] === undefined) return '';
      return nodesSchema
        .parse(node[CDATA])
        .map((part) => String(part[TEXT] ?? ''))
        .join('');
    })
    .join('');
}

const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, ...groups) => {
    const [decimal, hexadecimal, name] = groups;
    if (typeof name === 'string') return REFERENCES[name.toLowerCase()] ?? whole;
    const point = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hexadecimal), 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  });
}
