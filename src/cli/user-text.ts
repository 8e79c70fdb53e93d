import type { UserDetails, UserSummary } from '../admin/user-summary.ts';
import { accountText } from './account-text.ts';
import { collectionTable } from './collection-text.ts';
import { deviceTable } from './device-text.ts';
import { bold } from './output.ts';
import { showSize, showTime } from './show.ts';
import { list, table } from './table.ts';

export function passwordText(password: string): string {
  return `Password: ${bold(password)}  (shown only now)`;
}

export function userTable(users: readonly UserSummary[]): string {
  return table([
    ['NAME', 'DISPLAY NAME', 'E-MAIL', 'COLLECTIONS', 'ITEMS', 'SIZE', 'DEVICES', 'LAST SEEN'],
    ...users.map((user) => [
      user.disabled ? `${user.name} (disabled)` : user.name,
      user.displayName === user.name ? '' : user.displayName,
      user.addresses.join(', '),
      user.calendars + user.addressbooks,
      user.items,
      showSize(user.bytes),
      user.devices,
      showTime(user.seen),
    ]),
  ]);
}

export function userText(user: UserDetails): string {
  const facts = list([
    ['Name', user.disabled ? `${user.name} (disabled)` : user.name],
    ['Display name', user.displayName],
    ['Also logs in as', [...user.aliases, ...user.addresses].join(', ')],
    ['Locale', user.locale],
    ['Time zone', user.timeZone ?? ''],
    ['Added', showTime(user.created)],
    ['Last seen', showTime(user.seen)],
    ['Keeps', `${user.items} items, ${showSize(user.bytes)}`],
  ]);
  const devices = user.devices.length === 0 ? [] : [deviceTable(user.devices)];
  return [
    facts,
    collectionTable(user.collections, ({ kind, name }) => `${kind}s/${name}`),
    ...devices,
    accountText(user.name, user.account),
  ].join('\n\n');
}
