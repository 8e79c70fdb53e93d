import sax from 'sax';
import type { PropertyName, PropertyValue } from '../store/types.ts';
import { refuse } from './errors.ts';
import { element, escapeText, Xml } from './markup.ts';
import { escapeAttribute, split, tag } from './names.ts';
import { notWellFormed, Scope } from './namespace-scope.ts';

/** An element of a request body. */
export interface Element {
  readonly name: PropertyName;
  /** By Clark name; attributes without a namespace by their local name alone. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly nodes: readonly (Element | string)[];
  /** Those of the nodes that are elements. */
  readonly children: readonly Element[];
  /** Text directly inside, trimmed. */
  readonly text: string;
}

/**
 * `strictEntities` leaves only XML's own five; @types/sax does not know it. Namespaces are looked up here: sax, told to do
 * it, takes twice as long.
 */
const saxOptions: sax.SAXOptions & { strictEntities: boolean } = {
  position: false,
  strictEntities: true,
};

const maximumDepth = 32;
const maximumAttributes = 1000;
const maximumElements = 100_000;
const xmlLang = '{http://www.w3.org/XML/1998/namespace}lang';

/**
 * The root element of a request body, undefined for an empty one. UTF-8 or UTF-16 by byte-order mark.
 * @throws DavError 400 for what is not namespace-well-formed, has a DTD (RFC 4918 §20.6) or exceeds the limits.
 */
export function parseXml(body: Uint8Array): Element | undefined {
  const text = decode(body).trimStart();
  if (text === '') return undefined;
  const parser = sax.parser(true, saxOptions);
  const open: Draft[] = [];
  const scopes = [Scope.outermost()];
  let root: Draft | undefined;
  let attributes = 0;
  let elements = 0;

  parser.onerror = (error) => {
    throw notWellFormed(error.message.split('\n', 1).join());
  };
  parser.ondoctype = () => {
    throw refuse(400, 'the XML body has a document type declaration, which is not accepted');
  };
  parser.onattribute = ({ name }) => {
    if (++attributes > maximumAttributes) throw refuse(400, 'the XML body has too many attributes');
    // sax keeps them in a plain object, and asks that for it.
    if (name === 'hasOwnProperty') throw refuse(400, `the XML body has an attribute "${name}"`);
  };
  parser.onopentagstart = () => {
    if (open.length >= maximumDepth)
      throw refuse(400, `the XML body is nested deeper than ${maximumDepth} elements`);
    if (++elements > maximumElements) throw refuse(400, 'the XML body has too many elements');
  };
  parser.onopentag = (node) => {
    const parent = open.at(-1);
    const written = Object.entries(node.attributes as Record<string, string>);
    const scope = (scopes.at(-1) as Scope).within(written);
    const draft = new Draft(scope.elementName(node.name), parent);
    draft.take(written, scope);
    if (parent) parent.append(draft);
    else if (root) throw refuse(400, 'the XML body has two root elements');
    else root = draft;
    open.push(draft);
    scopes.push(scope);
  };
  parser.onclosetag = () => {
    open.pop();
    scopes.pop();
  };
  const addText = (chunk: string) => {
    open.at(-1)?.nodes.push(chunk);
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.write(text).close();
  if (!root) throw refuse(400, 'the XML body has no element');
  return root;
}

class Draft implements Element {
  readonly name: PropertyName;
  readonly attributes: Record<string, string> = {};
  readonly nodes: (Draft | string)[] = [];
  readonly children: Draft[] = [];

  constructor(name: PropertyName, parent: Draft | undefined) {
    this.name = name;
    // RFC 4918 §4.3: the language in scope belongs to the property.
    const lang = parent?.attributes[xmlLang];
    if (lang !== undefined) this.attributes[xmlLang] = lang;
  }

  /** @param attributes as they are written */
  take(attributes: readonly (readonly [name: string, value: string])[], scope: Scope): void {
    for (const [name, value] of attributes) {
      const own = scope.attributeName(name);
      if (own !== undefined) this.attributes[own] = value;
    }
  }

  append(child: Draft): void {
    this.nodes.push(child);
    this.children.push(child);
  }

  get text(): string {
    return this.nodes
      .filter((node) => typeof node === 'string')
      .join('')
      .trim();
  }
}

/** An element that has nothing but a name. */
export function emptyElement(name: PropertyName): Element {
  return { name, attributes: {}, nodes: [], children: [], text: '' };
}

function decode(body: Uint8Array): string {
  const encoding =
    body[0] === 0xfe && body[1] === 0xff
      ? 'utf-16be'
      : body[0] === 0xff && body[1] === 0xfe
        ? 'utf-16le'
        : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch {
    throw refuse(400, `the XML body is not valid ${encoding}`);
  }
}

/** First child of that name. */
export function child(parent: Element | undefined, name: PropertyName): Element | undefined {
  return parent?.children.find((c) => c.name === name);
}

/** Children of that name. */
export function childrenOf(parent: Element | undefined, name: PropertyName): readonly Element[] {
  return parent?.children.filter((c) => c.name === name) ?? [];
}

/** What is kept of a property that a client sets: its text, or the whole element where it is more than text. */
export function toStored(property: Element): PropertyValue {
  const plain = property.children.length === 0 && Object.keys(property.attributes).length === 0;
  return plain ? property.nodes.join('') : { xml: serialise(property).text };
}

/** A stored property as the element to send. */
export function fromStored(name: PropertyName, value: PropertyValue): Xml {
  return typeof value === 'string' ? element(name, value) : new Xml(value.xml);
}

/** The text of a stored property, without markup. */
export function storedText(value: PropertyValue | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return storedElement(value)?.text;
}

/** A stored property that is more than text, as an element again. */
export function storedElement(value: PropertyValue | undefined): Element | undefined {
  return value === undefined || typeof value === 'string' ? undefined : parseXml(Buffer.from(value.xml));
}

/** The element with its namespaces declared in itself, so that it can stand anywhere. */
export function serialise(node: Element): Xml {
  const { namespace } = split(node.name);
  const { open, close } = tag(node.name);
  const fixed =
    open.includes('xmlns') || namespace === ''
      ? ''
      : ` xmlns:${open.slice(0, open.indexOf(':'))}="${escapeAttribute(namespace)}"`;
  const attributes = Object.entries(node.attributes)
    .map(([name, value], i) => attribute(name, value, i))
    .join('');
  const inner = node.nodes.map((n) => (typeof n === 'string' ? escapeText(n) : serialise(n).text)).join('');
  const start = `<${open}${fixed}${attributes}`;
  return new Xml(inner === '' ? `${start}/>` : `${start}>${inner}</${close}>`);
}

function attribute(name: string, value: string, index: number): string {
  const quoted = `="${escapeAttribute(value)}"`;
  if (name === xmlLang) return ` xml:lang${quoted}`;
  if (!name.startsWith('{')) return ` ${name}${quoted}`;
  const { namespace, local } = split(name as PropertyName);
  return ` xmlns:a${index}="${escapeAttribute(namespace)}" a${index}:${local}${quoted}`;
}
