import { refuse } from './errors.ts';

/** One list of an If header: all of its conditions are about one resource. */
export interface IfList {
  /** As the tag before it says; undefined: the resource of the request. */
  readonly resource: string | undefined;
  readonly conditions: readonly IfCondition[];
}

export interface IfCondition {
  readonly not: boolean;
  readonly state: { readonly etag: string } | { readonly token: string };
}

/** `<…>`, `(`, `)`, `Not`, `[etag]`. */
const TOKEN = /\s*(?:<([^<>]*)>|(\()|(\))|(not)(?=[\s<[])|\[\s*(?:W\/)?"([^"]*)"\s*\])/iy;

/** Reads an If header (RFC 4918 §10.4.2). One of the lists must hold. @throws DavError 400 */
export function parseIf(header: string): readonly IfList[] {
  const lists: IfList[] = [];
  let resource: string | undefined;
  let tagUsed = true;
  let open: IfCondition[] | undefined;
  let not = false;
  TOKEN.lastIndex = 0;
  for (let rest = header.trim(); rest !== ''; rest = header.slice(TOKEN.lastIndex).trim()) {
    const match = TOKEN.exec(header);
    if (!match) throw malformed(header);
    const [, coded, opens, closes, negates, etag] = match;
    if (open && (coded !== undefined || etag !== undefined)) {
      open.push({ not, state: etag === undefined ? { token: coded ?? '' } : { etag } });
      not = false;
    } else if (open && closes && open.length > 0 && !not) {
      lists.push({ resource, conditions: open });
      open = undefined;
    } else if (open && negates && !not) not = true;
    else if (!open && opens) {
      open = [];
      tagUsed = true;
    } else if (!open && coded && tagUsed && (resource !== undefined || lists.length === 0)) {
      resource = coded;
      tagUsed = false;
    } else throw malformed(header);
  }
  if (open || !tagUsed || lists.length === 0) throw malformed(header);
  return lists;
}

function malformed(header: string) {
  return refuse(400, `the If header is not as RFC 4918 §10.4.2 has it: ${header}`);
}
