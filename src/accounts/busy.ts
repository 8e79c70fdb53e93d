/** Whether the credentials are right can't be said now; the client should ask again later (503 with Retry-After). */
export class LoginBusy extends Error {
  override readonly name = 'LoginBusy';
  /** Whole seconds. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super(`logins are busy, to be tried again in ${retryAfter} s`);
    this.retryAfter = retryAfter;
  }
}
