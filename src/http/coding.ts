/** Content codings of answers (RFC 9110 §8.4, §12.5.3): large texts are compressed for clients that take it. */

import { pipeline, Readable } from 'node:stream';
import { brotliCompressSync, constants, createBrotliCompress, createGzip, gzipSync } from 'node:zlib';
import type { Reply, ReplyBody } from './types.ts';

type Coding = 'br' | 'gzip';

/** Octets below which compressing costs more than it saves; polls stay below it. */
const WORTH_IT = 2048;
/** Octets that are compressed at once, which takes less than a millisecond; more is handed to other threads. */
const AT_ONCE = 64 * 1024;
const TEXT = /^(?:text\/|application\/(?:xml|json|(?:calendar|vcard)\+json)\b)/i;

const GZIP = { level: 4 };
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };

interface Asked {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * The reply as this client gets it. ETags stay as they are: clients put them into If-Match and compare them with those of
 * listings. Parts of objects are always sent as they are.
 */
export function encodeReply(reply: Reply, { method, headers }: Asked): Reply {
  if (!varies(reply)) return reply;
  const plain = { ...reply, headers: { ...reply.headers, vary: vary(reply.headers) } };
  const coding =
    headers['range'] === undefined ? chooseCoding(headers['accept-encoding']?.toString()) : undefined;
  const { body } = reply;
  if (!coding || body === undefined) return plain;
  return {
    status: reply.status,
    headers: { ...plain.headers, 'content-encoding': coding },
    body: method === 'HEAD' ? unread(body) : encode(body, coding),
  };
}

/**
 * The coding with the highest weight, brotli before gzip where they are equal; undefined where the client takes neither
 * or prefers what is not compressed.
 */
export function chooseCoding(accept: string | undefined): Coding | undefined {
  if (accept === undefined || accept === '') return undefined;
  const weights = new Map<string, number>();
  for (const item of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const value = weight === undefined ? 1 : Number(weight.slice(2));
    weights.set(name === 'x-gzip' ? 'gzip' : name, Number.isNaN(value) ? 0 : value);
  }
  const other = weights.get('*') ?? 0;
  const [br, gzip] = [weights.get('br') ?? other, weights.get('gzip') ?? other];
  const best = br >= gzip ? 'br' : 'gzip';
  const weight = Math.max(br, gzip);
  return weight > 0 && weight >= (weights.get('identity') ?? 0) ? best : undefined;
}

/** Whether clients that accept other codings get other octets. */
function varies({ status, headers, body }: Reply): boolean {
  if (status === 304) return true;
  if (status === 206 || body === undefined || headers['content-encoding'] !== undefined) return false;
  if ((typeof body === 'string' || body instanceof Uint8Array) && body.length < WORTH_IT) return false;
  return TEXT.test(String(headers['content-type'] ?? headers['Content-Type'] ?? ''));
}

function vary(headers: Reply['headers']): string {
  return headers['vary'] === undefined ? 'Accept-Encoding' : `${headers['vary']}, Accept-Encoding`;
}

function encode(body: ReplyBody, coding: Coding): ReplyBody {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return encodeStream(body, coding);
  if (body.length > AT_ONCE) return encodeStream(slices(Buffer.from(body)), coding);
  return coding === 'br' ? brotliCompressSync(body, BROTLI) : gzipSync(body, GZIP);
}

/** An error of the source comes out of the iteration; who stops iterating ends the source. */
async function* encodeStream(
  source: AsyncIterable<string | Uint8Array> | Iterable<Uint8Array>,
  coding: Coding,
): AsyncGenerator<Uint8Array> {
  const encoder = coding === 'br' ? createBrotliCompress(BROTLI) : createGzip(GZIP);
  pipeline(Readable.from(source), encoder, () => undefined);
  yield* encoder;
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += AT_ONCE) yield bytes.subarray(at, at + AT_ONCE);
}

/** What a HEAD does not send, without a length: that of the compressed octets is not known. */
function unread(body: ReplyBody): AsyncIterable<string | Uint8Array> {
  return typeof body === 'string' || body instanceof Uint8Array ? Readable.from([]) : body;
}
