/** A whole server in this process: a new data folder with users, asked without sockets. */

import { argon2Sync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passwords } from '../src/accounts/password.ts';
import { addUser } from '../src/admin/users.ts';
import { type App, initStore, openApp } from '../src/app.ts';
import type { Settings } from '../src/config.ts';
import { type Body, BodyTooLarge, type Reply } from '../src/http/types.ts';
import { openLog } from '../src/log.ts';

export interface TestRequest {
  readonly method: string;
  /** Path, with a query if there is one. */
  readonly target: string;
  /** `NAME` or `NAME:PASSWORD` to send as Basic credentials; none by default. */
  readonly login?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface TestReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  text(): string;
}

export interface TestServer {
  readonly app: App;
  /** The data folder. */
  readonly data: string;
  send(request: TestRequest): Promise<TestReply>;
  /** Sends as alice, and reads the whole answer. */
  alice(
    method: string,
    target: string,
    body?: string | Uint8Array,
    headers?: TestRequest['headers'],
  ): Promise<TestReply>;
  /** Closes the data folder and opens it again, as a restart does. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** The users of every test server. */
export const users = [
  { name: 'alice', displayName: 'Alice Doe', addresses: ['alice@example.com'], password: 'alice-secret' },
  { name: 'bob', displayName: 'Bob Roe', addresses: ['bob@example.com'], password: 'bob-secret' },
  { name: 'carol@example.com', displayName: 'Carol Poe', password: 'carol-secret' },
] as const;

const log = openLog({ level: 'error', readable: true });

export async function openTestServer(overrides: Partial<Settings> = {}): Promise<TestServer> {
  const data = await mkdtemp(join(tmpdir(), 'davd-test-'));
  await initStore(data);
  const open = () => openApp({ data, overrides, log });
  let app = await open();
  for (const user of users) {
    await addUser({ store: app.store, settings: app.settings(), passwords: quick }, user);
  }
  const send: TestServer['send'] = async (request) => received(await app.handle(requestOf(request)));
  return {
    get app() {
      return app;
    },
    data,
    send,
    alice: (method, target, body, headers) =>
      send({
        method,
        target,
        login: 'alice',
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
      }),
    async reopen() {
      await app.close();
      app = await open();
    },
    async close() {
      await app.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Hashes as the server understands them, at the least cost that it accepts. */
const quick: Pick<Passwords, 'hash'> & Passwords = {
  hash: async (message) => {
    const nonce = randomBytes(16);
    const tag = argon2Sync('argon2id', {
      message,
      nonce,
      memory: 8,
      passes: 1,
      parallelism: 1,
      tagLength: 16,
    });
    const [salt, hash] = [nonce, tag].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
    return `$argon2id$v=19$m=8,t=1,p=1$${salt}$${hash}`;
  },
  matches: () => Promise.reject(new Error('a test server checks passwords itself')),
};

function requestOf({ method, target, login, headers = {}, body = '' }: TestRequest) {
  const [path = '', query = ''] = target.split('?');
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const sent = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    method,
    path,
    query,
    headers: {
      ...(bytes.length > 0 && { 'content-length': String(bytes.length) }),
      ...(login !== undefined && { authorization: basic(login) }),
      ...Object.fromEntries(sent),
    },
    body: bodyOf(bytes),
    remote: '127.0.0.1',
    secure: false,
    exposed: false,
  };
}

/** The Authorization header of `NAME:PASSWORD`, or of NAME with the password of that user. */
export function basic(login: string): string {
  const [name = '', ...given] = login.split(':');
  const known = users.find((user) => user.name.split('@')[0] === name.toLowerCase().split(/@|%40/)[0]);
  const password = given.length > 0 ? given.join(':') : (known?.password ?? '');
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

function bodyOf(bytes: Uint8Array): Body {
  return {
    bytes: async (limit) => {
      if (bytes.length > limit) throw new BodyTooLarge(limit);
      return bytes;
    },
  };
}

async function received({ status, headers, body }: Reply): Promise<TestReply> {
  const chunks: Uint8Array[] = [];
  if (typeof body === 'string' || body instanceof Uint8Array) chunks.push(Buffer.from(body));
  else if (body) for await (const chunk of body) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    typeof value === 'string' ? value : value.join(', '),
  ]);
  return { status, headers: Object.fromEntries(entries), body: bytes, text: () => bytes.toString('utf8') };
}
