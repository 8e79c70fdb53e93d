/** Answers of the server as plain data, and what every client expects of a 207 whatever it asked. */

import assert from 'node:assert/strict';
import { namespaces } from '../src/dav/names.ts';
import { child, childrenOf, type Element, parseXml } from '../src/dav/xml.ts';
import type { PropertyName } from '../src/store/types.ts';

export interface Property {
  /** Of the propstat it stands in. */
  readonly status: number;
  readonly element: Element;
}

/** One `D:response`: either a status of its own, or properties. */
export interface Response {
  readonly href: string;
  readonly status: number | undefined;
  readonly properties: ReadonlyMap<PropertyName, Property>;
}

export interface Multistatus {
  readonly responses: readonly Response[];
  readonly token: string | undefined;
}

const prefixes: Readonly<Record<string, string>> = {
  ...namespaces,
  ME: 'http://me.com/_namespace/',
  PUSH: 'https://bitfire.at/webdav-push',
};

/** `D:getetag` or `{urn:example}thing` as a Clark name. */
export function clark(name: string): PropertyName {
  if (name.startsWith('{')) return name as PropertyName;
  const [prefix = '', local = ''] = name.split(':');
  const namespace = prefixes[prefix];
  assert.ok(namespace !== undefined && local !== '', `"${name}" is no prefixed name`);
  return `{${namespace}}${local}`;
}

/** Root element of an answer. Asserts that it is XML 1.0 that even strict readers take. */
export function readXml(body: Uint8Array): Element {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  assert.doesNotMatch(
    text,
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|&#(?:[0-8]|1[124-9]|2\d|3[01]);/,
  );
  const root = parseXml(body);
  assert.ok(root, 'the answer has no body');
  return root;
}

/** A multistatus as data. Asserts that it is one, and that no property comes twice in a response. */
export function readMultistatus(body: Uint8Array): Multistatus {
  const root = readXml(body);
  assert.equal(root.name, clark('D:multistatus'));
  return {
    responses: childrenOf(root, clark('D:response')).map(readResponse),
    token: child(root, clark('D:sync-token'))?.text,
  };
}

/** The response for an href, byte for byte. */
export function responseOf({ responses }: Multistatus, href: string): Response {
  const found = responses.find((response) => response.href === href);
  assert.ok(
    found,
    `no response for ${href}, only for ${responses.map((r) => r.href).join(' ') || 'nothing'}`,
  );
  return found;
}

/** A property that was found; a 404 or a missing one fails. */
export function propertyOf(response: Response, name: string): Element {
  const property = response.properties.get(clark(name));
  assert.equal(property?.status, 200, `${name} of ${response.href}`);
  return (property as Property).element;
}

/** All text inside, trimmed: the value of simple properties, the href of those that hold one. */
export function textOf(element: Element): string {
  return element.nodes
    .map((node) => (typeof node === 'string' ? node : textOf(node)))
    .join('')
    .trim();
}

/** Every element below, at any depth. */
export function descendants(element: Element): readonly Element[] {
  return element.children.flatMap((c) => [c, ...descendants(c)]);
}

function readResponse(response: Element): Response {
  const href = child(response, clark('D:href'))?.text ?? '';
  const properties = new Map<PropertyName, Property>();
  for (const propstat of childrenOf(response, clark('D:propstat'))) {
    const status = readStatus(propstat);
    for (const element of child(propstat, clark('D:prop'))?.children ?? []) {
      assert.ok(!properties.has(element.name), `${element.name} stands twice in the response for ${href}`);
      properties.set(element.name, { status, element });
    }
  }
  const own = child(response, clark('D:status')) && readStatus(response);
  return { href, status: own, properties };
}

/** Thunderbird compares the whole line. */
const statusLines: Readonly<Record<string, string>> = {
  '200': 'HTTP/1.1 200 OK',
  '404': 'HTTP/1.1 404 Not Found',
};

function readStatus(parent: Element): number {
  const line = child(parent, clark('D:status'))?.text ?? '';
  const code = /^HTTP\/1\.1 (\d{3}) \w/.exec(line)?.[1] ?? '';
  assert.equal(line, statusLines[code] ?? (code ? line : 'HTTP/1.1 and a status'));
  return Number(code);
}

/**
 * What holds for every 207, since some client breaks without it (found 200s first and in one propstat, nothing
 * missing listed when it was not wanted, absolute paths, collections with a final slash, the token last).
 */
export function checkMultistatus(body: Uint8Array, contentType: string | undefined, minimal: boolean): void {
  assert.match(contentType ?? '', /^(?:application|text)\/xml; charset=utf-8$/);
  const root = readXml(body);
  assert.equal(root.name, clark('D:multistatus'));
  const token = root.children.findIndex((c) => c.name === clark('D:sync-token'));
  assert.ok(token === -1 || token === root.children.length - 1, 'the sync-token is the last child');
  for (const response of childrenOf(root, clark('D:response'))) checkResponse(response, minimal);
}

function checkResponse(response: Element, minimal: boolean): void {
  const hrefs = childrenOf(response, clark('D:href'));
  assert.equal(hrefs.length, 1);
  const href = hrefs[0]?.text ?? '';
  assert.match(href, /^\/(?!\/)[\x21-\x7e]*$/, 'hrefs are absolute paths');
  const statuses = childrenOf(response, clark('D:propstat')).map(readStatus);
  const alone = childrenOf(response, clark('D:status')).length;
  assert.equal(alone + Math.min(statuses.length, 1), 1, `${href} has propstats or a status`);
  for (const status of [200, 404]) {
    assert.ok(statuses.filter((s) => s === status).length <= 1, `${href} has one propstat with ${status}`);
  }
  assert.ok(statuses.indexOf(200) <= 0, `the 200 propstat of ${href} stands first`);
  if (minimal)
    assert.ok(!statuses.includes(404), `${href} lists what was not found to a client that wanted less`);
  const type = readResponse(response).properties.get(clark('D:resourcetype'));
  if (type?.element.children.some((c) => c.name === clark('D:collection'))) assert.match(href, /\/$/);
}
