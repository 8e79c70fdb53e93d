/**
 * Media types under which clients send any kind of text: none, generic ones, and curl's default. What the bytes are is
 * seen from themselves.
 */
const generic = ['', 'text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded'];

/** Whether a Content-Type, its parameters aside, is one of `own` or says nothing. */
export function isMediaType(contentType: string | undefined, own: readonly string[]): boolean {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return generic.includes(type) || own.includes(type);
}
