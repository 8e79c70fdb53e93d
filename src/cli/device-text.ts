import type { DeviceSummary, Lag } from '../admin/devices.ts';
import { showTime } from './show.ts';
import { table } from './table.ts';

export function deviceTable(devices: readonly DeviceSummary[]): string {
  return table([
    ['USER', 'DEVICE', 'CLIENT', 'LAST SEEN', 'ADDRESS', 'TO FETCH', 'LAST ERROR'],
    ...devices.map(({ user, device, client, seen, address, collections, error }) => [
      user,
      device,
      shortClient(client),
      showTime(seen),
      address,
      lagText(collections),
      error ? `${showTime(error.time)} ${error.what}` : '',
    ]),
  ]);
}

/** `7 calendars/default, all of addressbooks/default` */
function lagText(lags: readonly Lag[]): string {
  if (lags.length === 0) return '';
  const behind = lags.filter((lag) => lag.behind !== 0);
  const parts = behind.map(({ collection, behind: count }) => `${count ?? 'all of'} ${collection}`);
  return parts.join(', ') || 'nothing';
}

/** The first product of a User-Agent, which is the client's name nearly always. */
export function shortClient(client: string): string {
  return client.length <= 30 ? client : `${client.slice(0, 29)}…`;
}
