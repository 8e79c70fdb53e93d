import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installService } from '../../src/admin/service.ts';
import { resolveSettings } from '../../src/config.ts';

const settings = resolveSettings({});

test('installing a service that could not reach what it needs is refused', () => {
  const cases: [executable: string, data: string, sentence: RegExp][] = [
    ['/root/davd', '/var/lib/davd', /can't reach "\/root\/davd": copy it \(install -m 755 '\/root\/davd' /],
    ['/home/me/davd', '/var/lib/davd', /can't reach "\/home\/me\/davd"/],
    ['/tmp/davd', '/var/lib/davd', /can't reach "\/tmp\/davd"/],
    ['/usr/local/bin/davd', '/tmp/data', /"\/tmp\/data" is in a folder that is emptied now and then/],
  ];
  for (const [executable, data, message] of cases) {
    assert.throws(() => installService({ executable, data, settings }), { name: 'Refused', message });
  }
});
