/** The service as systemd runs it: what `davd service install` writes, on a machine of its own. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { bootMachine, type Machine, withoutMachine } from './machine.ts';

const davd = '/opt/davd/bin/davd';
const propfind = `curl -s -o /dev/null -w '%{http_code}' -u alice:secret-alice-1 -X PROPFIND -H 'Depth: 0' \
http://127.0.0.1:8008/dav/calendars/alice/default/`;

/** Runs a command that has to succeed. Returns its output. */
async function done(machine: Machine, command: string, input?: string): Promise<string> {
  const { code, out, err } = await machine.run(command, input);
  assert.equal(code, 0, `${command}: ${out}${err}`);
  return out;
}

function journal(machine: Machine): Promise<string> {
  return done(machine, 'journalctl --unit=davd --no-pager --output=cat');
}

/** One property of the service, such as its process. */
async function property(machine: Machine, name: string): Promise<string> {
  return (await done(machine, `systemctl show davd --property=${name} --value`)).trim();
}

test('the service under systemd', { skip: withoutMachine() }, async (t: TestContext) => {
  const machine = await bootMachine(t);
  if (!machine) return t.skip('no machine can be booted here');

  await t.test('install.sh, init, enable: it runs as its own user and answers', async () => {
    // What is in the archive, with a davd that is as good as the executable.
    await done(machine, 'mkdir /root/archive && cp /opt/davd/scripts/install.sh /root/archive');
    await done(machine, `printf '#!/bin/sh\nexec ${davd} "$@"\n' > /root/archive/davd`);
    const unit = `${davd} service print | sed 's|ExecStart=${davd}|ExecStart=/usr/local/bin/davd|'`;
    await done(machine, `chmod +x /root/archive/davd && ${unit} > /root/archive/davd.service`);
    assert.match(await done(machine, '/root/archive/install.sh'), /Next: davd init --yes/);
    assert.equal(await done(machine, "stat -c '%A %U' /var/lib/davd"), 'drwx------ davd\n');
    await done(machine, `${davd} init --yes`);
    await done(machine, `${davd} user add alice --password-stdin`, 'secret-alice-1\n');
    // Type=notify: it returns once the server has said that it is ready.
    await done(machine, 'systemctl enable --now davd');
    assert.equal(await done(machine, propfind), '207');
    const pid = await property(machine, 'MainPID');
    assert.equal(await done(machine, `stat -c %U /proc/${pid}`), 'davd\n');
  });

  await t.test('reload: the settings are read again', async () => {
    await done(machine, 'systemctl reload davd');
    await machine.until('journalctl --unit=davd --no-pager', /settings read again/);
  });

  await t.test('a stopped event loop is noticed, and the server is started anew', async () => {
    await done(machine, 'mkdir -p /run/systemd/system/davd.service.d');
    const limit = '/run/systemd/system/davd.service.d/limit.conf';
    await done(machine, `printf '[Service]\\nWatchdogSec=2\\nRestartSec=0\\n' > ${limit}`);
    await done(machine, 'systemctl daemon-reload && systemctl restart davd');
    await done(machine, `kill -STOP ${await property(machine, 'MainPID')}`);
    await machine.until(
      'systemctl show davd --property=NRestarts,ActiveState',
      /NRestarts=1\nActiveState=active/,
    );
    assert.match(await journal(machine), /Watchdog timeout/);
    assert.equal(await done(machine, propfind), '207');
    await done(machine, `rm ${limit} && systemctl daemon-reload`);
  });

  await t.test('stop: it ends by itself, with 0', async () => {
    await done(machine, 'systemctl stop davd');
    assert.equal(await property(machine, 'Result'), 'success');
    assert.equal(await property(machine, 'ExecMainStatus'), '0');
  });

  await t.test('ports below 1024 are its own once it gets its certificate itself', async () => {
    await done(machine, `${davd} config set acme dav.example.com`);
    await done(machine, `${davd} service install`);
    await done(machine, 'systemctl start davd');
    const redirected =
      "curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: dav.example.com' http://127.0.0.1/";
    assert.equal(await done(machine, redirected), '301 https://dav.example.com/');
  });

  await t.test('a data folder among the homes is its own, the rest of them is not there', async () => {
    const folder = '/home/me/calendars';
    await done(machine, 'systemctl stop davd && mkdir -p /home/me /home/other');
    assert.match(await done(machine, `${davd} service install --data ${folder}`), /Next: .*init/);
    await done(machine, `${davd} init --yes --data ${folder} && systemctl start davd`);
    const inside = `nsenter --mount --target ${await property(machine, 'MainPID')}`;
    assert.equal(await done(machine, `${inside} ls /home /home/me`), '/home:\nme\n\n/home/me:\ncalendars\n');
  });
});
