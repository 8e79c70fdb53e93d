export type StoreErrorCode =
  /** Another davd has the folder open. */
  | 'locked'
  /** There is no store in the folder. */
  | 'absent'
  /** There is one already. */
  | 'exists'
  /** The folder holds something that is not davd's. */
  | 'foreign'
  /** The folder can't be written or read by this user. */
  | 'unwritable'
  /** A later davd wrote the folder. */
  | 'newer'
  /** Something that was durable is gone or changed. */
  | 'damaged';

/** A reason why a data folder can't be opened, made or read: one sentence, and what to do next. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The system's name of an error (`ENOSPC`), '' where it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The reason of an error as a person reads it. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
