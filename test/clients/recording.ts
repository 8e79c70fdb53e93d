/** A recorded conversation with another server, replayed here: its paths, ETags and tokens become this server's. */

import { readFileSync } from 'node:fs';
import type { Kind } from '../../src/store/types.ts';
import { clark, type Multistatus, readMultistatus } from '../multistatus.ts';
import type { TestReply, TestServer } from '../server.ts';

/** One line of a recording. */
export interface Recorded {
  readonly m: string;
  readonly p: string;
  readonly req: Readonly<Record<string, string>>;
  readonly auth: boolean;
  readonly body?: string;
  readonly s: number;
  readonly rh: Readonly<Record<string, string>>;
  readonly res?: string;
}

export function readRecording(file: string): readonly Recorded[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded);
}

/** Homes of the recorded server are principals too; which is meant shows in what is asked. */
export class Replay {
  readonly #server: TestServer;
  /** What the collections of the recording are. */
  readonly #kinds: Readonly<Record<string, Kind>>;
  readonly #etags = new Map<string, string>();
  readonly #tokens = new Map<string, string>();
  #kind: Kind = 'calendar';

  constructor(server: TestServer, kinds: Readonly<Record<string, Kind>>) {
    this.#server = server;
    this.#kinds = kinds;
  }

  /** Sends the request as it was sent, with this server's names, and learns from the answer. */
  async send(recorded: Recorded): Promise<TestReply> {
    this.#kind = this.#kindOf(recorded);
    const headers = Object.entries(recorded.req).map(([name, value]) => [
      name,
      this.#etags.get(value) ?? value,
    ]);
    const reply = await this.#server.send({
      method: recorded.m,
      target: this.path(recorded),
      headers: Object.fromEntries(headers),
      ...(recorded.auth && { login: 'alice' }),
      ...(recorded.body !== undefined && { body: this.#body(recorded.body) }),
    });
    this.#learn(recorded, reply);
    return reply;
  }

  /** This server's path for the one of a request. */
  path({ m, p, body = '' }: Recorded): string {
    if (p !== '/alice/') return this.href(p);
    return m === 'PROPFIND' && /home-set/.test(body) ? '/dav/principals/alice/' : homes[this.#kind];
  }

  /** This server's path for an href that stands in a recorded answer. */
  href(path: string): string {
    return path
      .replace(/^\/alice\/$/, homes[this.#kind])
      .replace(/^\/alice\/(\w+)\//, (_, name: string) => `${homes[this.#kinds[name] ?? 'calendar']}${name}/`);
  }

  /** Whether a recorded href leads to one of the client's own collections of the service it is busy with. */
  isNear(path: string): boolean {
    const name = /^\/alice\/(\w+)\//.exec(path)?.[1] ?? '';
    return this.#kinds[name] === this.#kind;
  }

  /** Which service the client is busy with. */
  #kindOf({ p, body = '' }: Recorded): Kind {
    const named = this.#kinds[/^\/alice\/(\w+)\//.exec(p)?.[1] ?? ''];
    if (named) return named;
    if (/carddav/.test(p + body)) return 'addressbook';
    return /caldav|apple\.com/.test(p + body) ? 'calendar' : this.#kind;
  }

  #body(body: string): string {
    const paths = body.replace(/\/alice\/\w+\/[^<]*/g, (path) => this.href(path));
    return paths.replace(/<sync-token>(.*)<\/sync-token>/, (whole, token: string) => {
      const own = this.#tokens.get(token);
      return own === undefined ? whole : `<sync-token>${own}</sync-token>`;
    });
  }

  #learn({ rh, res = '' }: Recorded, reply: TestReply): void {
    const etag = reply.headers['etag'];
    if (rh['ETag'] !== undefined && etag !== undefined) this.#etags.set(rh['ETag'], etag);
    const [theirs, own] = [res, reply.text()].map((text) => /sync-token>([^<]+)</.exec(text)?.[1]);
    if (theirs !== undefined && own !== undefined) this.#tokens.set(theirs, own);
  }
}

const homes: Readonly<Record<Kind, string>> = {
  calendar: '/dav/calendars/alice/',
  addressbook: '/dav/addressbooks/alice/',
};

/** The answer that was recorded, without what the recording cut off. */
export function recordedAnswer({ res = '' }: Recorded): Multistatus {
  const whole = res.endsWith('</multistatus>');
  return readMultistatus(Buffer.from(whole ? res : res.replace(/(.*<\/response>).*/s, '$1</multistatus>')));
}

/** Hrefs, decoded, with the names of the properties that have a value, or a status: what a client learns. */
export function learned({ responses }: Multistatus): ReadonlyMap<string, ReadonlySet<string> | number> {
  return new Map(
    responses.map(({ href, status, properties }) => {
      const found = [...properties].filter(([, p]) => p.status === 200 && p.element.nodes.length > 0);
      return [decodeURIComponent(href), status ?? new Set(found.map(([name]) => name))];
    }),
  );
}

/** Collections have no entity tag, type or length here: their state is the token. */
export const ofObjectsOnly: ReadonlySet<string> = new Set(
  ['D:getetag', 'D:getcontenttype', 'D:getcontentlength'].map(clark),
);
