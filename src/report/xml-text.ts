import { plain } from './plain.ts';

/** An element of XML, written with its children; `text` comes before them. */
export type XmlNode = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly text?: string | undefined;
  readonly children?: readonly XmlNode[] | undefined;
};

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** A document of XML 1.0 in UTF-8, whatever the texts hold: what has no place in it (section 2.2) is made visible. */
export function xmlDocument(root: XmlNode): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${written(root, '')}\n`;
}

function written({ name, attributes, text, children = [] }: XmlNode, indent: string): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${attributeText(String(value))}"`],
  );
  const start = `${indent}<${name}${given.join('')}`;
  if (text === undefined && children.length === 0) return `${start}/>`;
  const inner = children.map((child) => `\n${written(child, `${indent}  `)}`).join('');
  return `${start}>${elementText(text ?? '')}${inner}${children.length > 0 ? `\n${indent}` : ''}</${name}>`;
}

/** A line break would be read back as a space if it stood there as itself (section 3.3.3). */
function attributeText(text: string): string {
  return legal(text).replaceAll(/[&<>"\n\t]/g, (character) => REFERENCES[character] ?? character);
}

/** `>` too, so that `]]>` never stands in it (section 2.4). */
function elementText(text: string): string {
  return legal(text).replaceAll(/[&<>]/g, (character) => REFERENCES[character] ?? character);
}

/** Control characters are shown already by `plain`; these two are no characters of XML either. */
function legal(text: string): string {
  return plain(text, true).replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD');
}
