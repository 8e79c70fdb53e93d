/** Why an object can't be taken: each is answered with a precondition of its own. */
export type InvalidRule =
  /** Not iCalendar or not a vCard: valid-calendar-data (RFC 4791 §5.3.2.1), valid-address-data (RFC 6352 §6.3.2.1). */
  | 'data'
  /** Well-formed, but not one object as a collection holds it: valid-calendar-object-resource, valid-address-data. */
  | 'object'
  /** A format or version that is not stored: supported-calendar-data, supported-address-data. */
  | 'version'
  /** Beyond what a calendar takes (RFC 4791 §5.2.6–5.2.9), named as the precondition is. */
  | 'min-date-time'
  | 'max-instances'
  | 'max-attendees-per-instance'
  /** A rule counts by a calendar that is not known (RFC 7529 §10). */
  | 'supported-rscale';

/** Bytes that are no calendar or address object. The message is one sentence that names the line. */
export class InvalidData extends Error {
  override readonly name = 'InvalidData';
  readonly rule: InvalidRule;
  /** Physical line of the source, counted from 1. */
  readonly line: number;

  /** `what` goes on after "line 7 ": `has no colon after the property name`. */
  constructor(rule: InvalidRule, line: number, what: string) {
    super(`line ${line} ${what}`);
    this.rule = rule;
    this.line = line;
  }
}
