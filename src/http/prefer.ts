/** What the client would like to get back: Prefer (RFC 7240, for DAV RFC 8144) and Microsoft's Brief. */

export interface Preference {
  /** Answers to writes without content, multistatus without 404 propstats (RFC 8144 §2). */
  readonly minimal: boolean;
  /** Answers to writes with the resource as stored (RFC 7240 §4.2). */
  readonly representation: boolean;
  /** Listings without the collection itself (`depth-noroot` of RFC 8144). */
  readonly noRoot: boolean;
}

const RETURN = /^return\s*(?:=\s*"?([a-z]+)"?|-([a-z]+))\s*(?:;|$)/i;

const NONE: Preference = { minimal: false, representation: false, noRoot: false };

/** `headers` have names in lower case. What can't be read is no preference (RFC 7240 §2). */
export function parsePrefer(headers: Readonly<Record<string, string | undefined>>): Preference {
  const { prefer, brief } = headers;
  if (prefer === undefined && brief === undefined) return NONE;
  const wanted = returnPreference(prefer);
  return {
    minimal: wanted === 'minimal' || (wanted === undefined && brief?.trim().toLowerCase() === 't'),
    representation: wanted === 'representation',
    noRoot: /(?:^|,)\s*depth-noroot\s*(?:[;,=]|$)/i.test(prefer ?? ''),
  };
}

/** The first `return` preference counts (RFC 7240 §2); `return-minimal` is the draft's spelling, in old Apple clients. */
function returnPreference(header: string | undefined): string | undefined {
  for (const preference of header?.split(',') ?? []) {
    const match = RETURN.exec(preference.trim());
    if (match) return (match[1] ?? match[2])?.toLowerCase();
  }
  return undefined;
}
