import type { Reply } from '../http/types.ts';
import type { PropertyName } from '../store/types.ts';
import { type Content, document, element, xmlHeaders } from './markup.ts';
import { qname } from './names.ts';

/** A named condition of an RFC: the element in the error body, the status it goes with, where it is defined. */
export interface Precondition {
  readonly name: PropertyName;
  readonly status: number;
  readonly section: string;
}

/** An expected refusal. `message` is for people and goes into the log and the answer's body. */
export class DavError extends Error {
  override readonly name = 'DavError';
  readonly status: number;
  readonly condition: PropertyName | undefined;
  /** Content of the condition's element. */
  readonly content: Content;
  readonly headers: Readonly<Record<string, string>>;
  /** Members below the resource of the request that it failed at: the answer is a multistatus (RFC 4918 §13). */
  members: readonly string[] = [];

  constructor(
    status: number,
    message: string,
    condition?: PropertyName,
    content?: Content,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.condition = condition;
    this.content = content;
    this.headers = headers;
  }
}

/** A refusal by bare status, or by a precondition with its status. */
export function refuse(what: number | Precondition, message: string, content?: Content): DavError {
  return typeof what === 'number'
    ? new DavError(what, message)
    : new DavError(what.status, message, what.name, content);
}

/** RFC 4918 §16: `<D:error>` with the condition, and the sentence for whoever reads the trace. */
export function errorReply(error: DavError): Reply {
  return {
    status: error.status,
    headers: { ...xmlHeaders, ...error.headers },
    body: document('D:error', [...errorContent(error), element(qname('CS', 'description'), error.message)]),
  };
}

/** The condition's element, for a `<D:error>` in a propstat or response; empty where there is none. */
export function errorContent(error: DavError) {
  return error.condition ? [element(error.condition, error.content)] : [];
}

/** Preconditions common to calendars and address books. */
export const preconditions = {
  cannotModifyProtectedProperty: row('cannot-modify-protected-property', 403, 'RFC 4918 §16'),
  propfindFiniteDepth: row('propfind-finite-depth', 403, 'RFC 4918 §16'),
  lockTokenSubmitted: row('lock-token-submitted', 423, 'RFC 4918 §16'),
  noConflictingLock: row('no-conflicting-lock', 423, 'RFC 4918 §16'),
  lockTokenMatchesRequestUri: row('lock-token-matches-request-uri', 409, 'RFC 4918 §16'),
  needPrivileges: row('need-privileges', 403, 'RFC 3744 §7.1.1'),
  noAceConflict: row('no-ace-conflict', 403, 'RFC 3744 §8.1.1'),
  grantOnly: row('grant-only', 403, 'RFC 3744 §8.1.1'),
  noInvert: row('no-invert', 403, 'RFC 3744 §8.1.1'),
  notSupportedPrivilege: row('not-supported-privilege', 403, 'RFC 3744 §8.1.1'),
  recognizedPrincipal: row('recognized-principal', 403, 'RFC 3744 §8.1.1'),
  supportedReport: row('supported-report', 403, 'RFC 3253 §3.6'),
  resourceMustBeNull: row('resource-must-be-null', 405, 'RFC 4791 §5.3.1.1, RFC 4918 §9.3.1'),
  validResourcetype: row('valid-resourcetype', 403, 'RFC 5689 §3.2'),
  validSyncToken: row('valid-sync-token', 403, 'RFC 6578 §3.2'),
  syncTraversalSupported: row('sync-traversal-supported', 403, 'RFC 6578 §3.3'),
  numberOfMatchesWithinLimits: row('number-of-matches-within-limits', 507, 'RFC 5323 §5, RFC 6578 §3.6'),
  sufficientDiskSpace: row('sufficient-disk-space', 507, 'RFC 4331 §6'),
} as const;

function row(local: string, status: number, section: string): Precondition {
  return { name: qname('D', local), status, section };
}
