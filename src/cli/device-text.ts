import type { DeviceSummary, Lag } from '../admin/devices.ts';
import { plain, showTime } from './show.ts';
import { table } from './table.ts';
import { paragraph } from './wrap.ts';

/** What went wrong last stands below, since it is long. */
export function deviceTable(devices: readonly DeviceSummary[]): string {
  const errors = devices.flatMap(({ user, device, error }) =>
    error ? [`Last error of ${user}/${device}, ${showTime(error.time)}: ${plain(error.what)}`] : [],
  );
  const rows = table([
    ['USER', 'DEVICE', 'CLIENT', 'LAST SEEN', 'ADDRESS', 'TO FETCH'],
    ...devices.map(({ user, device, client, seen, address, collections }) => [
      user,
      device,
      shortClient(client),
      showTime(seen),
      address,
      lagText(collections),
    ]),
  ]);
  return [rows, ...errors.map((error) => paragraph(error))].join('\n');
}

/** `7 in calendars/default, all of addressbooks/default` */
function lagText(lags: readonly Lag[]): string {
  if (lags.length === 0) return '';
  const behind = lags.filter((lag) => lag.behind !== 0);
  const parts = behind.map(({ collection, behind: count }) =>
    count === null ? `all of ${collection}` : `${count} in ${collection}`,
  );
  return parts.join(', ') || 'nothing';
}

/** The first product of a User-Agent, which is the client's name nearly always. */
export function shortClient(client: string): string {
  return client.length <= 30 ? client : `${client.slice(0, 29)}…`;
}
