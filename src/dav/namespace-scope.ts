/** Namespaces in XML (https://www.w3.org/TR/xml-names/): which names mean what, where. */

import type { PropertyName } from '../store/types.ts';
import { type DavError, refuse } from './errors.ts';

/** Prefixes that are bound everywhere, and never to anything else (§3). */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
  ['xmlns', 'http://www.w3.org/2000/xmlns/'],
]);

/** The namespace declarations that hold inside an element. */
export class Scope {
  /** Namespaces by prefix, '' for the default. */
  readonly #declared: ReadonlyMap<string, string>;
  readonly #outer: Scope | undefined;
  /** Of elements; most names of a body come again and again. */
  readonly #known = new Map<string, PropertyName>();

  private constructor(declared: ReadonlyMap<string, string>, outer: Scope | undefined) {
    this.#declared = declared;
    this.#outer = outer;
  }

  /** Around the root element. */
  static outermost(): Scope {
    return new Scope(RESERVED, undefined);
  }

  /**
   * The scope of an element in this one: this one itself where nothing is declared.
   * @param attributes of the element, as they are written
   * @throws DavError 400 where a reserved prefix gets another meaning
   */
  within(attributes: readonly (readonly [name: string, value: string])[]): Scope {
    let declared: Map<string, string> | undefined;
    for (const [name, value] of attributes) {
      const prefix = declaredBy(name);
      if (prefix === undefined) continue;
      if ((RESERVED.get(prefix) ?? value) !== value)
        throw notWellFormed(`the prefix "${prefix}" is reserved`);
      declared ??= new Map();
      declared.set(prefix, value);
    }
    return declared ? new Scope(declared, this) : this;
  }

  /** Clark name of an element. @throws DavError 400 for a prefix that is not declared */
  elementName(name: string): PropertyName {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const { prefix, local } = cut(name);
    const expanded: PropertyName = `{${this.#namespace(prefix)}}${local}`;
    this.#known.set(name, expanded);
    return expanded;
  }

  /**
   * Clark name of an attribute, its local name alone where it has no prefix (§6.2), undefined for a declaration.
   * @throws DavError 400 for a prefix that is not declared
   */
  attributeName(name: string): string | undefined {
    if (declaredBy(name) !== undefined) return undefined;
    const { prefix, local } = cut(name);
    return prefix === '' ? local : `{${this.#namespace(prefix)}}${local}`;
  }

  #namespace(prefix: string): string {
    let namespace: string | undefined;
    for (let scope: Scope | undefined = this; scope && namespace === undefined; scope = scope.#outer)
      namespace = scope.#declared.get(prefix);
    if (namespace) return namespace;
    if (prefix === '') return '';
    throw notWellFormed(`the prefix "${prefix}" is not declared`);
  }
}

export function notWellFormed(why: string): DavError {
  return refuse(400, `the XML body is not well-formed: ${why}`);
}

/** The prefix that an attribute declares, '' for the default namespace, undefined if it is no declaration. */
function declaredBy(attribute: string): string | undefined {
  if (attribute === 'xmlns') return '';
  return attribute.startsWith('xmlns:') ? attribute.slice(6) : undefined;
}

/** @throws DavError 400 for what is no qualified name (§4) */
function cut(name: string): { readonly prefix: string; readonly local: string } {
  const colon = name.indexOf(':');
  if (colon < 0) return { prefix: '', local: name };
  const local = name.slice(colon + 1);
  if (colon === 0 || local === '' || local.includes(':')) throw notWellFormed(`"${name}" is no name`);
  return { prefix: name.slice(0, colon), local };
}
