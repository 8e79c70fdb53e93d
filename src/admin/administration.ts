import type { Passwords } from '../accounts/password.ts';
import type { Sightings } from '../accounts/sightings.ts';
import type { Settings, SettingsLayers } from '../config.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Requests } from '../requests.ts';
import type { Store } from '../store/types.ts';
import type { BackupTimer } from './backup-timer.ts';

/** What the functions of this folder work on: a server, running or not. */
export interface Administration {
  /** The data folder. */
  readonly data: string;
  readonly store: Store;
  readonly settings: Settings;
  /** What goes before the settings of the data folder. */
  readonly layers: Pick<SettingsLayers, 'environment' | 'overrides'>;
  readonly passwords: Passwords;
  readonly sightings: Pick<Sightings, 'list' | 'forget'>;
  /** Where it listens; absent while it doesn't run. */
  readonly endpoint?: Endpoint;
  /** Absent while it doesn't run. */
  readonly running?: Running;
}

export interface Running {
  /** ms since 1970 UTC */
  readonly since: number;
  readonly requests: Requests;
  /** Those that it makes of itself. */
  readonly backups?: Pick<BackupTimer, 'failure'>;
  /** Whoever listens to it is to stop. */
  readonly stopping: AbortSignal;
  /** Reads the settings again. @throws SettingsError */
  reload(): Promise<void>;
}

/** What must be known to make users and to say where they find their collections. */
export type Enrolment = Pick<Administration, 'store' | 'settings' | 'passwords' | 'endpoint'>;
