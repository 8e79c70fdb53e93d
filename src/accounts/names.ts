/** Which names users may have, and when two spellings are the same name. */

/** Octets of UTF-8; a name is also a folder's name. */
const LONGEST = 100;
/** What clients, URLs and file systems all carry without escaping, in letters of any script. */
const ALLOWED = /^[\p{L}\p{M}\p{N}._@+-]$/u;

/** The form under which names are compared, stored and used in paths: composed and in lower case. */
export function canonicalName(name: string): string {
  return name.normalize('NFC').toLowerCase().normalize('NFC');
}

/** Why `name` can't be a user's name, as the end of a sentence; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  const text = name.normalize('NFC');
  if (text === '') return 'it is empty';
  if (Buffer.byteLength(text) > LONGEST) return `it is longer than ${LONGEST} octets`;
  const bad = Array.from(text).find((character) => !ALLOWED.test(character));
  if (bad !== undefined) return `it has ${shown(bad)}; letters, digits and . _ - @ + are allowed`;
  if (!/^[\p{L}\p{N}]/u.test(text)) return 'it must begin with a letter or a digit';
  if (text.endsWith('.')) return 'it must not end with a dot';
  return undefined;
}

/** Why `address` can't be a user's e-mail address; undefined if it can. Mailboxes of RFC 5322 without comments and quotes. */
export function addressProblem(address: string): string | undefined {
  if (address.length > 254) return 'it is longer than 254 characters';
  return /^[^\s@<>(),;:\\"[\]\x00-\x1f\x7f]+@[^\s@<>(),;:\\"[\]\x00-\x1f\x7f]+$/.test(address)
    ? undefined
    : 'it must look like name@example.com';
}

/** The spellings under which a name from a client may be meant: as it came, then percent-decoded (iOS 18.4+ encodes '@'). */
export function spellings(name: string): readonly string[] {
  const literal = name.trimEnd();
  if (!literal.includes('%')) return [literal];
  try {
    return [literal, decodeURIComponent(literal).trimEnd()];
  } catch {
    return [literal];
  }
}

function shown(character: string): string {
  if (character === ' ') return 'a blank';
  return /\p{C}|\p{Z}/u.test(character) ? 'an invisible character' : `"${character}"`;
}
