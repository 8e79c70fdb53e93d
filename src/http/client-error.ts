/** Answers to what Node's parser refuses before any handler sees it. */

import { STATUS_CODES } from 'node:http';

/** What Node hands to `clientError`: the parser's code and reason, and the packet it was reading. */
export interface ParserError extends Error {
  readonly code?: string;
  readonly bytesParsed?: number;
  readonly rawPacket?: Buffer;
}

/** A method name of any length begins with token characters (RFC 9110 §5.6.2); a TLS handshake doesn't. */
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]/;

/** The status that tells the client what was wrong. */
export function parserErrorStatus(error: ParserError): number {
  switch (error.code) {
    case 'HPE_INVALID_METHOD':
      return looksLikeMethod(error) ? 501 : 400;
    case 'HPE_HEADER_OVERFLOW':
      return 431;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    default:
      return 400;
  }
}

/** A whole answer, since there is no response object to write it with. */
export function bareAnswer(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
}

/** The parser stops at the first byte that no method it knows has there: that byte or the one before is of the name. */
function looksLikeMethod({ rawPacket, bytesParsed = 0 }: ParserError): boolean {
  return TOKEN.test(rawPacket?.toString('latin1', Math.max(0, bytesParsed - 1), bytesParsed + 1) ?? '');
}
