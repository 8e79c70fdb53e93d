/** A server from start to stop: what `serve` and `quickstart` have in common. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Administration } from '../admin/administration.ts';
import { type BackupTimer, openBackupTimer } from '../admin/backup-timer.ts';
import { controlHandler, controlSocket } from '../admin/control.ts';
import { type Administrator, administrator } from '../admin/operations.ts';
import { isServed, stillOwned } from '../admin/reach.ts';
import { Refused } from '../admin/refused.ts';
import { follower } from '../admin/streams.ts';
import { type App, openApp, StoreError } from '../app.ts';
import type { Settings } from '../config.ts';
import { type Endpoint, isLoopback, showEndpoint } from '../http/endpoint.ts';
import { httpServer } from '../http/server.ts';
import { type LogLevel, openLog } from '../log.ts';
import { VERSION } from '../version.ts';
import { backUpInChild } from './backup-child.ts';
import { type Doors, openDoors } from './doors.ts';
import { giveBackWhenIdle } from './idle-memory.ts';
import { serviceManager } from './notify.ts';

export interface RunOptions {
  /** The data folder. */
  readonly data: string;
  readonly overrides: Partial<Settings>;
  /** Runs once the server listens, before it says so. */
  readonly prepare?: (administer: Administrator) => Promise<void>;
  /** Says where it listens. */
  readonly ready: (url: string) => void;
  /** What SIGHUP does: a service reads its settings again, a program in a terminal that is closed ends. */
  readonly hangup: 'reload' | 'stop';
}

/** ms: for requests in flight when the server is stopped, and for another process to let go of the folder. */
const GRACE = 10_000;
const PATIENCE = 10_000;

/** Serves until SIGTERM or SIGINT. @throws sentences for a person when it can't begin. */
export async function runServer({ data, overrides, prepare, ready, hangup }: RunOptions): Promise<void> {
  const log = openLog({ level: 'info', readable: process.stderr.isTTY === true });
  const app = await openOwned(data, overrides, log);
  process.on('uncaughtExceptionMonitor', (error) => log.error({ err: error }, 'the server ends'));
  const stopping = new AbortController();
  const manager = serviceManager(process.env);
  const open: { stop(grace: number): Promise<void> }[] = [];
  try {
    log.level = app.settings()['log.level'];
    const doors = await openDoors({ app, data, log });
    open.push(doors);
    const { endpoint, scheme } = doors;
    const backups = backupTimer({ data, app, log });
    open.push(backups);
    const on = administration({ data, overrides, app, endpoint, log, stopping: stopping.signal, backups });
    const administer = administrator(on);
    const handle = controlHandler({ administer, follow: follower(on), version: VERSION, log });
    const control = httpServer({ handle, trusted: () => undefined, log, socketMode: 0o600 });
    open.push(control);
    await control.listen({ path: controlSocket(data) });
    await prepare?.(administer);
    const stopped = untilStopped(() => (hangup === 'reload' ? reload(app, doors, log) : 'stop'));
    ready(showEndpoint(endpoint, scheme));
    if (scheme === 'http' && !isLoopback(endpoint)) warnOfPlain(app.settings(), log);
    manager.ready();
    backups.start();
    giveBackWhenIdle();
    await stopped;
    log.debug('stopping');
    void manager.stopping();
  } finally {
    stopping.abort();
    await Promise.all(open.map((server) => server.stop(GRACE)));
    await app.close();
  }
}

function warnOfPlain(settings: Settings, log: Logger): void {
  if (settings['auth.allowPlain']) {
    log.warn('passwords travel readable: "auth.allowPlain" is on, and there is no TLS');
  } else if (settings.trustProxy.length === 0) {
    log.warn(
      'no TLS: only this machine can log in; give a certificate, name your proxy with --trust-proxy, or set "auth.allowPlain"',
    );
  }
}

/** Waits for a command that is at work in the folder; a server that runs is no reason to wait. */
async function openOwned(data: string, overrides: Partial<Settings>, log: Logger): Promise<App> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    if (await isServed(data)) {
      throw new Refused(
        `a server runs on "${data}" already: stop it first, or name another folder with --data`,
      );
    }
    try {
      return await openApp({ data, overrides, environment: process.env, log });
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'locked')) throw error;
      if (Date.now() >= deadline) throw new Refused(stillOwned(data, PATIENCE));
      await sleep(100);
    }
  }
}

interface Served extends Pick<RunOptions, 'data' | 'overrides'> {
  readonly app: App;
  readonly endpoint: Endpoint;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  readonly backups: BackupTimer;
}

function backupTimer({ data, app, log }: Pick<Served, 'data' | 'app' | 'log'>): BackupTimer {
  const { settings } = app;
  return openBackupTimer({ store: app.store.id, settings, backUp: backUpInChild(data), log });
}

/** Commands see the settings as they are when they come in. */
function administration({ data, overrides, app, endpoint, log, stopping, backups }: Served): Administration {
  const { store, passwords, sightings, requests } = app;
  const reloadNow = (): Promise<void> => applySettings(app, endpoint, log);
  return {
    data,
    store,
    passwords,
    sightings,
    endpoint,
    layers: { environment: process.env, overrides },
    running: { since: Date.now(), requests, backups, stopping, reload: reloadNow },
    get settings() {
      return app.settings();
    },
  };
}

async function reload(app: App, { endpoint, look }: Doors, log: Logger): Promise<void> {
  look();
  try {
    await applySettings(app, endpoint, log);
  } catch (error) {
    log.error({ reason: error instanceof Error ? error.message : error }, 'settings kept as they were');
  }
}

/** Reads the settings again. @throws SettingsError, and all stays as it was. */
async function applySettings(app: App, endpoint: Endpoint, log: Logger): Promise<void> {
  const before = app.settings().listen;
  await app.reload();
  const { listen, 'log.level': level } = app.settings();
  log.level = level satisfies LogLevel;
  log.info('settings read again');
  if (listen !== before) {
    log.warn({ listen, now: showEndpoint(endpoint) }, 'the listen address counts after a restart');
  }
}

/** Resolves at SIGTERM or SIGINT; a second one ends the process at once, which loses nothing that was answered. */
function untilStopped(hungUp: () => Promise<void> | 'stop'): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(1);
      stopping = true;
      resolve();
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
    process.on('SIGHUP', () => {
      if (hungUp() === 'stop') stop();
    });
  });
}
