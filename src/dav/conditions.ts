import { parseEtags } from '../http/etag.ts';
import type { Req } from '../http/types.ts';
import type { Expect, Member } from '../store/types.ts';

/** What the headers demand of the member that a request changes (RFC 9110 §13.1); tested inside the commit. */
export function readExpect({ headers }: Pick<Req, 'headers'>): Expect {
  const match = parseEtags(headers['if-match']);
  const noneMatch = parseEtags(headers['if-none-match']);
  // §13.1.4: a date counts only where no etag is given.
  const unmodifiedSince = match ? undefined : parseDate(headers['if-unmodified-since']);
  return {
    ...(match && { match }),
    ...(noneMatch && { noneMatch }),
    ...(unmodifiedSince !== undefined && { unmodifiedSince }),
  };
}

/** What is asked of a resource that is read. */
type Validators = Pick<Member, 'etag' | 'modified'>;

/** 304 or 412 where a read's conditions say so (RFC 9110 §13.2.2). */
export function unmetByRead(req: Req, { etag, modified }: Validators): 304 | 412 | undefined {
  const { match, noneMatch, unmodifiedSince } = readExpect(req);
  const holds = (tags: readonly string[] | '*') => tags === '*' || tags.includes(etag);
  const seconds = Math.floor(modified / 1000) * 1000;
  if (match && !holds(match)) return 412;
  if (unmodifiedSince !== undefined && seconds > unmodifiedSince) return 412;
  if (noneMatch) return holds(noneMatch) ? 304 : undefined;
  const since = parseDate(req.headers['if-modified-since']);
  return since !== undefined && seconds <= since ? 304 : undefined;
}

/** ms of an HTTP date in any of its three forms (RFC 9110 §5.6.7); what is none is as if it were not sent. */
function parseDate(header: string | undefined): number | undefined {
  if (header === undefined || !/^[a-z]{3,9},? /i.test(header)) return undefined;
  const time = Date.parse(/gmt$/i.test(header) ? header : `${header} GMT`);
  return Number.isNaN(time) ? undefined : time;
}
