/** What a message over HTTP/2 has beyond the shape that Node gives it, which is that of HTTP/1.1. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';

/** The stream of a request or a response; undefined over HTTP/1.1. */
export function streamOf(message: IncomingMessage | ServerResponse): ServerHttp2Stream | undefined {
  return (message as unknown as Partial<Http2ServerRequest | Http2ServerResponse>).stream;
}

/**
 * The header fields of a request, without the pseudo-headers of HTTP/2; what was in :authority is in Host, where
 * HTTP/1.1 has it (RFC 9113 §8.3.1). Values are strings, since the server joins repeated fields; only Set-Cookie, which
 * no handler asks for, would not be.
 */
export function fieldsOf(request: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  if (streamOf(request) === undefined) return headers;
  const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return { host: headers[':authority'], ...Object.fromEntries(fields) };
}
