import type { Passwords } from '../accounts/password.ts';
import type { Settings } from '../config.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Store } from '../store/types.ts';

/** What the functions of this folder work on: a server, running or not. */
export interface Administration {
  readonly store: Store;
  readonly settings: Settings;
  readonly passwords: Passwords;
  /** Where it listens; absent while it doesn't run. */
  readonly endpoint?: Endpoint;
}
