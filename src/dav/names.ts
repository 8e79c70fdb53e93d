import type { PropertyName } from '../store/types.ts';

/** Namespaces davd writes with a fixed prefix; the prefixes are declared on the root of every answer. */
export const namespaces = {
  D: 'DAV:',
  C: 'urn:ietf:params:xml:ns:caldav',
  CR: 'urn:ietf:params:xml:ns:carddav',
  CS: 'http://calendarserver.org/ns/',
  IC: 'http://apple.com/ns/ical/',
} as const;

export type Prefix = keyof typeof namespaces;

const prefixes = new Map<string, Prefix>(
  Object.entries(namespaces).map(([prefix, uri]) => [uri, prefix as Prefix]),
);

/** `xmlns:` declarations of all fixed prefixes, for a root element. */
export const declarations = Object.entries(namespaces)
  .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  .join('');

/** Clark name of `local` in the namespace of a fixed prefix: `qname('D', 'href')` is `{DAV:}href`. */
export function qname(prefix: Prefix, local: string): PropertyName {
  return `{${namespaces[prefix]}}${local}`;
}

/** Namespace and local name of a Clark name. */
export function split(name: PropertyName): { namespace: string; local: string } {
  const end = name.indexOf('}');
  return { namespace: name.slice(1, end), local: name.slice(end + 1) };
}

/** Opening-tag text of a name: the fixed prefix where there is one, else a prefix declared on the spot. */
export function tag(name: PropertyName): { open: string; close: string } {
  const known = tags.get(name);
  if (known) return known;
  const { namespace, local } = split(name);
  const prefix = prefixes.get(namespace);
  if (prefix) return { open: `${prefix}:${local}`, close: `${prefix}:${local}` };
  if (namespace === '') return { open: local, close: local };
  return { open: `X:${local} xmlns:X="${escapeAttribute(namespace)}"`, close: `X:${local}` };
}

const tags = new Map<PropertyName, { open: string; close: string }>();

/** Remembers the tags of names that are written often. Only for names from davd's own tables, so it stays small. */
export function remember(name: PropertyName): void {
  tags.set(name, tag(name));
}

export function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`);
}
