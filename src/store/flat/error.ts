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
  /** The disk is full, or fails, or the system doesn't let davd use it. */
  | 'failing'
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

interface Meaning {
  readonly code: StoreErrorCode;
  readonly reason: string;
  readonly next: string;
}

const NOT_ALLOWED: Meaning = {
  code: 'unwritable',
  reason: 'permission denied',
  next: 'run davd as the user whose folder it is, or give that user the files',
};
const OCCUPIED: Meaning = {
  code: 'unwritable',
  reason: 'something else is in its place',
  next: 'move it away, or choose another folder',
};
const FULL: Meaning = { code: 'failing', reason: 'the disk is full', next: 'make room on it' };
const TOO_MANY: Meaning = {
  code: 'failing',
  reason: 'too many files are open',
  next: 'raise the limit (ulimit -n, or LimitNOFILE of the service)',
};
const BROKEN: Meaning = {
  code: 'failing',
  reason: 'the disk fails',
  next: "look at the system's log; a backup can be restored onto another disk",
};
/** What errors of the system mean for a person who starts davd. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: {
    code: 'unwritable',
    reason: 'the file system is read-only',
    next: "mount it writable; a disk that fails often becomes read-only, so look at the system's log",
  },
  ENOTDIR: OCCUPIED,
  EEXIST: OCCUPIED,
  EISDIR: OCCUPIED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EMFILE: TOO_MANY,
  ENFILE: TOO_MANY,
  EIO: BROKEN,
};

/** An error of the system as a sentence that names the file and says what to do next; any other error as it is. */
export function explained(action: string, folder: string, error: unknown): unknown {
  const code = errorCode(error);
  if (error instanceof StoreError || !/^E(?!RR_)/.test(code)) return error;
  const { reason, next, ...meaning } = MEANINGS[code] ?? { ...BROKEN, reason: reasonOf(error) };
  const file = (error as NodeJS.ErrnoException).path ?? folder;
  return new StoreError(
    meaning.code,
    `${action} in "${folder}": "${file}" can't be used: ${reason} (${code}); ${next}`,
    error,
  );
}
