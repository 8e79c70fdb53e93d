/** What the service manager is told (sd_notify(3)). Node has no datagram sockets for it, so systemd's own command sends it. */

import { execFile } from 'node:child_process';

export interface ServiceManager {
  ready(): void;
  stopping(): Promise<void>;
}

/** Silent where no service manager asked. With a watchdog, it is fed for as long as the event loop turns. */
export function serviceManager(environment: Readonly<Record<string, string | undefined>>): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid } = environment;
  if (!socket) return { ready: () => undefined, stopping: async () => undefined };
  const tell = (...words: string[]): Promise<void> =>
    new Promise((resolve) => {
      execFile('systemd-notify', words, { timeout: 10_000 }, () => resolve());
    });
  const watched = microseconds !== undefined && (pid === undefined || Number(pid) === process.pid);
  return {
    ready: () => {
      void tell('--ready');
      if (watched) setInterval(() => void tell('WATCHDOG=1'), Number(microseconds) / 2_000).unref();
    },
    stopping: () => tell('STOPPING=1'),
  };
}
