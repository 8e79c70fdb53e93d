/** Why a file or a folder can't be used, as a person reads it. */
export function fileReason(error: unknown): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return `no permission for this user (uid ${process.geteuid?.()})`;
    case 'ENOENT':
      return 'it is not there';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOTDIR':
      return 'a file is in the way';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'EFBIG':
      return 'a file must not be so large here';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** The system's name of an error (`ENOSPC`), '' where it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
