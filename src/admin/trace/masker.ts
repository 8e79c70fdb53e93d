/** Requests and answers as a trace may show them: names, texts, addresses and secrets are replaced. */

import { basePath, type Settings } from '../../config.ts';
import { href, locate, pathOf } from '../../dav/paths.ts';
import type { Place } from '../../dav/resource.ts';
import type { Conversed } from '../../requests.ts';
import { maskObject } from './mask-object.ts';
import { maskText, Pseudonyms } from './mask-text.ts';
import { maskXml, unescaped } from './mask-xml.ts';

/** What a client can use later, by the variable that stands for it: `{{etag1}}`. */
export interface Learned {
  readonly variable: string;
  /** The header or property it came in; `sync-token` for that of the whole answer. */
  readonly as: 'ETag' | 'D:getetag' | 'D:sync-token' | 'sync-token';
  /** Of the response it came in, masked. */
  readonly href?: string;
}

/** One request with what matters of its answer. In the request, variables stand for etags and sync tokens. */
export interface MaskedExchange {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly status: number;
  readonly learned: readonly Learned[];
}

/** Of the request; all others say nothing about what is answered, or something about the person. */
const HEADERS = new Set(
  'accept brief content-type depth destination if-match if-none-match overwrite prefer user-agent'.split(' '),
);

/** Of a new user; they mean the same everywhere. */
const OWN_COLLECTIONS = new Set(['default', 'tasks']);

/** Masks one conversation: what was one thing there is one thing here. */
export class Masker {
  readonly #base: string;
  readonly #collections = new Pseudonyms((n) => `collection${n}`);
  readonly #objects = new Pseudonyms((n) => `object${n}`);
  readonly #uids = new Pseudonyms((n) => `uid${n}`);
  readonly #etags = new Pseudonyms((n) => `{{etag${n}}}`);
  readonly #tokens = new Pseudonyms((n) => `{{token${n}}}`);

  constructor(settings: Pick<Settings, 'url'>) {
    this.#base = basePath(settings);
  }

  mask({
    method,
    path,
    status,
    requestHeaders,
    requestBody,
    replyHeaders,
    replyBody,
  }: Conversed): MaskedExchange {
    const headers = Object.entries(requestHeaders).flatMap(([name, value]) =>
      value !== undefined && HEADERS.has(name) ? [[name, this.#header(name, value)] as const] : [],
    );
    return {
      method,
      target: this.#path(path),
      headers,
      body: this.#body(Buffer.from(requestBody).toString()),
      status,
      learned: this.#learned(path, replyHeaders, Buffer.from(replyBody).toString()),
    };
  }

  #header(name: string, value: string): string {
    if (name === 'destination') return this.#path(pathOf(value));
    return name === 'if-match' || name === 'if-none-match'
      ? value.replace(/(?:W\/)?"[^"]*"/g, (etag) => this.#etags.of(etag))
      : value;
  }

  #body(text: string): string {
    const object = (source: string): string => maskObject(source, this.#uids);
    if (text.trimStart().startsWith('BEGIN:')) return object(text.trimStart());
    if (!text.trimStart().startsWith('<')) return maskText(text);
    const masked = maskXml(text, {
      href: (path) => this.#path(pathOf(path)),
      token: (token) => this.#tokens.of(token),
      object,
    });
    // An empty line would end the body.
    return masked.replace(/\n\s*\n/g, '\n').trim();
  }

  /** The same place in alice's homes, since she is who replays. */
  #path(path: string): string {
    if (path.startsWith('/.well-known/') || path === '/') return path;
    const located = attempt(() => locate(path, this.#base));
    if (!located) return '/unknown';
    const prefix = located.prefix.slice(this.#base.length);
    const whole = href(this.#place(located.place), prefix);
    // As the client spelled it: with and without the prefix, with and without the slash.
    const bare = located.href.slice(this.#base.length).startsWith(prefix)
      ? whole
      : whole.slice(prefix.length);
    return path.endsWith('/') || located.place.type === 'object' ? bare : bare.replace(/\/$/, '') || '/';
  }

  #place(place: Place): Place {
    if (!('user' in place)) return place;
    const collection =
      'collection' in place
        ? {
            collection: OWN_COLLECTIONS.has(place.collection)
              ? place.collection
              : this.#collections.of(`${place.kind} ${place.collection}`),
          }
        : {};
    const object = 'object' in place ? { object: this.#object(place.object) } : {};
    return { ...place, user: 'alice', ...collection, ...object };
  }

  #object(name: string): string {
    const [ending = ''] = /\.(?:ics|vcf)$/.exec(name) ?? [];
    return this.#objects.of(name) + ending;
  }

  #learned(path: string, headers: Conversed['replyHeaders'], body: string): readonly Learned[] {
    const learned: Learned[] = [];
    const [, etag] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'etag') ?? [];
    if (typeof etag === 'string') learned.push({ variable: this.#etags.of(etag), as: 'ETag' });
    const [head = '', ...responses] = body.split('<D:response>');
    if (responses.length === 0 && !head.includes('<D:multistatus')) return learned;
    for (const response of responses) {
      const at = this.#path(pathOf(unescaped(textIn(response, 'D:href') ?? path)));
      const own = response.split('</D:response>')[0] ?? '';
      const tag = textIn(own, 'D:getetag');
      if (tag) learned.push({ variable: this.#etags.of(unescaped(tag)), as: 'D:getetag', href: at });
      const token = textIn(own, 'D:sync-token');
      if (token) learned.push({ variable: this.#tokens.of(unescaped(token)), as: 'D:sync-token', href: at });
    }
    const token = textIn(body.slice(body.lastIndexOf('</D:response>') + 1), 'D:sync-token');
    if (token) learned.push({ variable: this.#tokens.of(unescaped(token)), as: 'sync-token' });
    return learned;
  }
}

/** Of davd's own answers, which have no attributes there. */
function textIn(xml: string, element: string): string | undefined {
  const from = xml.indexOf(`<${element}>`);
  const to = xml.indexOf(`</${element}>`, from);
  return from < 0 || to < 0 ? undefined : xml.slice(from + element.length + 2, to);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
