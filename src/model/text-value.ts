/** Values of type TEXT: escaping and splitting (RFC 5545 §3.3.11, RFC 6350 §3.4 and §4). */

const ESCAPED = /[\\;,]|\r\n|\n|\r/g;
const ESCAPE = /\\([\\;,:nN])/g;
const URI_ESCAPE = /\\([\\;,:])/g;

/** Text → value: backslash, semicolon and comma get a backslash, a line break becomes `\n`. */
export function escapeText(text: string): string {
  return text.replace(ESCAPED, (found) => (found < ' ' ? '\\n' : `\\${found}`));
}

/**
 * Value → text. A backslash before anything that needs none stays, except `\:`, which old Apple programs write.
 */
export function unescapeText(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(ESCAPE, (_, escaped: string) => (escaped === 'n' || escaped === 'N' ? '\n' : escaped));
}

/** A URI needs no escapes, and has no backslash of its own, but Apple's and other programs write `http\://a\,b`. */
export function unescapeUri(value: string): string {
  return value.replace(URI_ESCAPE, '$1');
}

/** Cuts a raw value at the separators that no backslash stands before; the parts are still escaped. */
export function splitValue(value: string, separator: ';' | ','): string[] {
  if (!value.includes('\\')) return value.split(separator);
  const code = separator.charCodeAt(0);
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < value.length; at += 1) {
    const found = value.charCodeAt(at);
    if (found === 92) at += 1;
    else if (found === code) {
      parts.push(value.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(value.slice(from));
  return parts;
}
