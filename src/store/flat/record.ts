import { createHash, hash } from 'node:crypto';
import { Slices } from '../../slices.ts';

/**
 * One commit in the journal:
 *
 *     davd1 <tag> <sum> <previous sum> <octets of JSON> <octets of body>\n
 *     <JSON>\n
 *     <body>\n
 *
 * The sum covers the rest of the header line and the JSON. The body is the objects' bytes one after the other; the JSON
 * states the etag of each, which is their hash: so every octet is hashed once. The tag is random and the same for all
 * records of a segment; nobody who only sends objects knows it, so an object can't contain something that
 * looks like a record of its segment.
 */
const MAGIC = 'davd1';
const SUM = 22;
const HEAD = new RegExp(
  `^${MAGIC} ([A-Za-z0-9_-]+) ([A-Za-z0-9_-]{${SUM}}) ([A-Za-z0-9_-]{${SUM}}) ([0-9]{1,10}) ([0-9]{1,10})$`,
);
/** Octets that a header line has at most. */
export const LONGEST_HEAD = 128;
const NEWLINE = 0x0a;

/** The sum before the first record of the first segment. */
export const NO_SUM = '-'.repeat(SUM);

/** The etag of an object: a function of its bytes. */
export function etagOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url').slice(0, SUM);
}

const AT_ONCE = 256 * 1024;

/** As `etagOf`; what would hold the event loop is hashed in slices. */
export function etagOfAny(bytes: Uint8Array): string | Promise<string> {
  return bytes.length <= AT_ONCE ? etagOf(bytes) : etagInSlices(bytes);
}

// Web Crypto would hash it in another thread, but copies it before, which takes half as long.
async function etagInSlices(bytes: Uint8Array): Promise<string> {
  const slices = new Slices();
  const sum = createHash('sha256');
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    sum.update(bytes.subarray(at, at + AT_ONCE));
    if (slices.over) await slices.pause();
  }
  return sum.digest('base64url').slice(0, SUM);
}

export interface EncodedHead {
  /** Header line and JSON, each with its newline. */
  readonly bytes: Buffer;
  readonly sum: string;
}

export function encodeHead(tag: string, previous: string, json: string, body: number): EncodedHead {
  const rest = `${previous} ${Buffer.byteLength(json)} ${body}\n${json}\n`;
  const sum = hash('sha256', `${tag} ${rest}`, 'base64url').slice(0, SUM);
  return { bytes: Buffer.from(`${MAGIC} ${tag} ${sum} ${rest}`), sum };
}

/** What the header line of a record says. Offsets are those in the buffer that was read. */
export interface RecordHead {
  readonly tag: string;
  readonly sum: string;
  readonly previous: string;
  readonly start: number;
  readonly json: number;
  readonly body: number;
  /** Octets of the body. */
  readonly length: number;
  readonly end: number;
}

export interface RawRecord extends RecordHead {
  readonly value: unknown;
}

/** The header line that begins at `start`, undefined if none does. What follows it need not be in the buffer. */
export function decodeHead(octets: Buffer, start: number): RecordHead | undefined {
  const line = octets.subarray(start, start + LONGEST_HEAD).indexOf(NEWLINE);
  if (line < 0) return undefined;
  const match = HEAD.exec(octets.toString('latin1', start, start + line));
  const [, tag = '', sum = '', previous = '', jsonLength = '', bodyLength = ''] = match ?? [];
  if (!match) return undefined;
  const json = start + line + 1;
  const body = json + Number(jsonLength) + 1;
  const length = Number(bodyLength);
  return { tag, sum, previous, start, json, body, length, end: body + length + 1 };
}

/** The record of a head, undefined where its JSON is not whole. The body is not looked at. */
export function decodeJson(octets: Buffer, head: RecordHead): RawRecord | undefined {
  if (head.body > octets.length || octets[head.body - 1] !== NEWLINE) return undefined;
  const text = octets.toString('utf8', head.json, head.body - 1);
  if (encodeHead(head.tag, head.previous, text, head.length).sum !== head.sum) return undefined;
  return { ...head, value: parsed(text) };
}

/** The record that begins at `start`, undefined if none does, or not a whole one. The body is not verified. */
export function decodeRecord(segment: Buffer, start: number): RawRecord | undefined {
  const head = decodeHead(segment, start);
  if (!head || head.end > segment.length || segment[head.end - 1] !== NEWLINE) return undefined;
  return decodeJson(segment, head);
}

/** Whole records that follow one another unbroken. @param sum of the record before */
export function* recordsFrom(
  segment: Buffer,
  start: number,
  { tag, sum }: Pick<RecordHead, 'tag' | 'sum'>,
): Generator<RawRecord> {
  let previous = sum;
  for (let at = start; ; ) {
    const raw = decodeRecord(segment, at);
    if (!raw || raw.tag !== tag || raw.previous !== previous) return;
    yield raw;
    at = raw.end;
    previous = raw.sum;
  }
}

/** Offsets from `from` on where a record may begin. @param tag of the segment; undefined if unknown. */
export function* recordStarts(segment: Buffer, tag: string | undefined, from: number): Generator<number> {
  const needle = Buffer.from(tag === undefined ? `${MAGIC} ` : `${MAGIC} ${tag} `);
  for (let at = segment.indexOf(needle, from); at >= 0; at = segment.indexOf(needle, at + 1)) yield at;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
