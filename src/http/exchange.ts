/** One request and its reply: from Node's message to `Req`, and from `Reply` back onto the wire. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../log.ts';
import { IncomingBody } from './body.ts';
import { encodeReply } from './coding.ts';
import { clientOf, isExposed, type TrustedProxies } from './forwarded.ts';
import { linger } from './linger.ts';
import { fieldsOf, streamOf } from './stream.ts';
import { ClientGone, type Handler, type Reply, type ReplyBody, type Req } from './types.ts';

export interface ExchangeOptions {
  readonly handle: Handler;
  /** Asked for each request, so that a change of settings counts at once. */
  readonly trusted: () => TrustedProxies;
  readonly log: Log;
}

/** An unread rest of a body up to this many octets is taken off the connection, so that it can be used again. */
const DRAINED = 64 * 1024;

/** Characters. */
const LONG = 16 * 1024;

const BAD_REQUEST: Reply = { status: 400, headers: {} };
const UNSUPPORTED_CODING: Reply = { status: 415, headers: { 'Accept-Encoding': 'identity' } };
const INTERNAL_ERROR: Reply = { status: 500, headers: {} };

/** A request that has come in, and where its answer goes. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Address of the other end of the connection; see `plainAddress`. */
  readonly remote: string;
  /** Sends 100 Continue; absent where the client doesn't wait for it. */
  readonly invite?: (() => void) | undefined;
}

/** Answers one request. Never rejects. */
export async function exchange(incoming: Incoming, { handle, trusted, log }: ExchangeOptions): Promise<void> {
  const { request, response, invite } = incoming;
  const body = new IncomingBody(request, invite);
  try {
    await send(response, await replyTo(incoming, body, handle, trusted()), body);
  } catch (error) {
    if (isGone(response) || error instanceof ClientGone) return;
    log.error(
      { err: error, id: randomUUID(), method: request.method, target: request.url },
      'request failed',
    );
    if (response.headersSent) response.destroy();
    else await send(response, INTERNAL_ERROR, body);
  }
}

function replyTo(
  incoming: Incoming,
  body: IncomingBody,
  handle: Handler,
  trusted: TrustedProxies,
): Reply | Promise<Reply> {
  const { request } = incoming;
  const target = readTarget(request.url ?? '', request.method);
  if (target === undefined) return BAD_REQUEST;
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && body.present && !/^(?:identity)?$/i.test(coding)) return UNSUPPORTED_CODING;
  return handle(readRequest(incoming, target, body, trusted));
}

interface Target {
  readonly path: string;
  readonly query: string;
}

/** Origin-form, absolute-form, or the asterisk of OPTIONS (RFC 9112 §3.2), which asks about the server as `/` does. */
function readTarget(url: string, method: string | undefined): Target | undefined {
  if (url === '*') return method === 'OPTIONS' ? { path: '/', query: '' } : undefined;
  const origin = url.startsWith('/') ? url : /^https?:\/\/[^/?#]+(.*)$/i.exec(url)?.[1];
  if (origin === undefined) return undefined;
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : origin.slice(mark + 1) };
}

function readRequest(
  { request, remote }: Incoming,
  { path, query }: Target,
  body: IncomingBody,
  trusted: TrustedProxies,
): Req {
  const headers = fieldsOf(request);
  const peer = { remote, secure: isEncrypted(request) };
  const { remote: address, secure } = clientOf(peer, headers, trusted);
  const exposed = isExposed(peer, trusted);
  return { method: request.method ?? '', path, query, headers, body, remote: address, secure, exposed };
}

/** Writes a reply. Handlers answer HEAD as they answer GET; the content is dropped here. */
async function send(response: ServerResponse, answer: Reply, request: IncomingBody): Promise<void> {
  const reply = encodeReply(answer, response.req);
  const content = hasNoContent(reply.status) ? undefined : octetsOf(reply.body ?? '');
  const head = headerList(reply, content);
  // For a year (RFC 6797): who has once come by https never sends a password another way.
  if (isEncrypted(response.req)) head.push('Strict-Transport-Security', 'max-age=31536000');
  const own = streamOf(response);
  const abandons = own === undefined && request.outstanding > DRAINED;
  if (abandons) head.push('Connection', 'close');
  response.writeHead(reply.status, head);
  // The rest of a body is not wanted (RFC 9113 §8.1).
  if (own && request.outstanding > DRAINED) own.once('finish', () => own.close(constants.NGHTTP2_NO_ERROR));
  if (content === undefined || response.req.method === 'HEAD') await discard(content);
  else if (isWhole(content)) {
    if (!abandons) {
      response.end(content);
      return;
    }
    response.write(content);
  } else await stream(response, content);
  if (abandons) {
    response.flushHeaders();
    await linger(response.req);
  }
  response.end();
}

/** RFC 9110 §15.3.5, §15.4.5: the header section ends these. */
function hasNoContent(status: number): boolean {
  return status === 204 || status === 304;
}

function isWhole(content: ReplyBody): content is string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array;
}

/**
 * Long strings as the octets they are sent as: Node makes room for three times as many, and counts them apart. Short
 * ones go out with the header section as one string, in one piece.
 */
function octetsOf(content: ReplyBody): ReplyBody {
  return typeof content === 'string' && content.length > LONG ? Buffer.from(content) : content;
}

/** Names and values in turn, the form that Node writes without building an object; Content-Length where it is known. */
function headerList({ headers }: Reply, content: ReplyBody | undefined): (string | string[])[] {
  const list: (string | string[])[] = [];
  let sized = false;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    list.push(name, typeof value === 'string' ? value : [...value]);
    sized ||= name.length === 14 && name.toLowerCase() === 'content-length';
  }
  if (!sized && content !== undefined && isWhole(content)) {
    list.push('Content-Length', String(Buffer.byteLength(content)));
  }
  return list;
}

/** An error of the source cuts the connection (see `exchange`), so the client can't take the part for the whole. */
async function stream(response: ServerResponse, content: AsyncIterable<string | Uint8Array>): Promise<void> {
  for await (const chunk of content) {
    if (chunk.length > 0 && !response.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)) {
      await writable(response);
    }
    if (isGone(response)) return;
  }
}

function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (isGone(response)) done();
  });
}

/** Nobody takes what is written any more. Of a response over HTTP/2 only its stream knows. */
function isGone(response: ServerResponse): boolean {
  return response.destroyed || streamOf(response)?.destroyed === true;
}

function isEncrypted({ socket }: IncomingMessage): boolean {
  return (socket as Partial<TLSSocket> | undefined)?.encrypted === true;
}

/** Lets a source that won't be read give up what it holds. */
async function discard(content: ReplyBody | undefined): Promise<void> {
  if (content !== undefined && !isWhole(content)) await content[Symbol.asyncIterator]().return?.();
}
