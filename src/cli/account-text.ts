import type { AccountAddresses } from '../admin/addresses.ts';
import { bold } from './output.ts';
import { list } from './table.ts';
import { paragraph } from './wrap.ts';

/** What to type into which device. */
export function accountText(user: string, account: AccountAddresses): string {
  const { server, principal, calendars, local, encrypted } = account;
  const url = new URL(server);
  // Apple finds the account by itself where the server has the whole host; else it must be told the full address.
  const apple = url.pathname === '/' && url.port === '' && encrypted ? url.host : principal;
  const devices = list([
    ['iPhone, iPad, Mac', `CalDAV and CardDAV account (under Other); server ${apple}`],
    ['Thunderbird', `calendar on the network, CardDAV address book; location ${server}`],
    ['DAVx5', `login with URL and user name; base URL ${server}`],
    ['other programs', `${principal} or ${calendars}`],
  ]);
  return [`User name on all devices: ${bold(user)}`, devices, ...careful(local, encrypted)].join('\n');
}

function careful(local: boolean, encrypted: boolean): readonly string[] {
  if (local) {
    return [
      paragraph(
        'Careful: only this machine reaches that address; name the public one with davd config set url.',
      ),
    ];
  }
  if (encrypted) return [];
  return [
    paragraph(
      'Careful: without https passwords travel readable, and Apple devices refuse; put a web server with a certificate in front.',
    ),
  ];
}
