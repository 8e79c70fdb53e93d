import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  basePath,
  environmentName,
  resolveSettings,
  type SettingName,
  SettingsError,
} from '../src/config.ts';
import { readStoredSettings, settingsFile, writeStoredSettings } from '../src/config-file.ts';

const values: [name: SettingName, given: unknown, read: unknown][] = [
  ['listen', '[::1]:8008', '[::1]:8008'],
  ['listen', '8008', 'refused'],
  ['listen', 8008, 'refused'],
  ['url', 'https://example.com/home-dav/', 'https://example.com/home-dav'],
  ['url', 'HTTPS://Example.com', 'https://example.com'],
  ['url', '', ''],
  ['url', 'example.com', 'refused'],
  ['url', 'ftp://example.com', 'refused'],
  ['url', 'https://alice:secret@example.com', 'refused'],
  ['caldav', false, false],
  ['caldav', 'no', false],
  ['caldav', '1', true],
  ['caldav', 'constructor', 'refused'],
  ['trustProxy', ['10.0.0.0/8'], ['10.0.0.0/8']],
  ['trustProxy', '10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ['trustProxy', 'proxy', 'refused'],
  ['limits.eventBytes', 2048, 2048],
  ['limits.eventBytes', '20 MB', 20 * 1024 * 1024],
  ['limits.eventBytes', '20mib', 20 * 1024 * 1024],
  ['limits.eventBytes', '1', 'refused'],
  ['limits.eventBytes', '20 apples', 'refused'],
  ['history.days', '7', 7],
  ['history.days', 0, 'refused'],
  ['history.days', 1.5, 'refused'],
  ['log.level', 'debug', 'debug'],
  ['log.level', 'loud', 'refused'],
  ['auth.realm', 'a\r\nb', 'refused'],
];
for (const [name, given, read] of values) {
  test(`setting ${name}: ${JSON.stringify(given)} is ${JSON.stringify(read)}`, () => {
    const resolve = () => resolveSettings({ stored: { [name]: given } })[name];
    if (read === 'refused') assert.throws(resolve, SettingsError);
    else assert.deepEqual(resolve(), read);
  });
}

test('settings: the command line goes before the environment, that before the file, that before the default', () => {
  const stored = { listen: '1.1.1.1:1', url: 'https://file.example', 'history.days': 7 };
  const environment = { DAVD_LISTEN: '2.2.2.2:2', DAVD_HISTORY_DAYS: '8' };
  const settings = resolveSettings({ stored, environment, overrides: { listen: '3.3.3.3:3' } });
  assert.equal(settings.listen, '3.3.3.3:3');
  assert.equal(settings['history.days'], 8);
  assert.equal(settings.url, 'https://file.example');
  assert.equal(settings.caldav, true);
});

test('settings: what is not allowed is named with its source', () => {
  assert.throws(() => resolveSettings({ environment: { DAVD_CALDAV: 'perhaps' } }), {
    message: 'environment variable DAVD_CALDAV is "perhaps": it must be true or false',
  });
  assert.throws(
    () => resolveSettings({ stored: { lissten: 'x' } }),
    /there is no setting "lissten": remove it/,
  );
});

test('environmentName: words of a key are divided', () =>
  assert.equal(environmentName('limits.xmlBytes'), 'DAVD_LIMITS_XML_BYTES'));

test('basePath: path of the public URL without its last slash', () => {
  assert.equal(basePath({ url: '' }), '');
  assert.equal(basePath({ url: 'https://example.com' }), '');
  assert.equal(basePath({ url: 'https://example.com/home-dav' }), '/home-dav');
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'davd-config-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('davd.json: what is written is read, is private, and leaves nothing beside it', async (t) => {
  const data = folder(t);
  assert.equal(await readStoredSettings(data), undefined);
  await writeStoredSettings(data, { listen: '127.0.0.1:1', caldav: false });
  await writeStoredSettings(data, { listen: '127.0.0.1:2', caldav: false });
  assert.deepEqual(await readStoredSettings(data), { listen: '127.0.0.1:2', caldav: false });
  assert.equal(statSync(settingsFile(data)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(data), ['davd.json']);
  assert.match(readFileSync(settingsFile(data), 'utf8'), /^{\n {2}"format": 1,\n/);
});

const broken: [text: string, says: RegExp][] = [
  ['{"format":2}', /format 2, this davd knows 1: it was written by a newer davd/],
  ['{"listen":"x"}', /has no format number: it is not of davd/],
  ['[]', /not a JSON object/],
  ['{', /can't read the settings/],
];
for (const [text, says] of broken) {
  test(`davd.json: ${text} is refused in a sentence`, async (t) => {
    const data = folder(t);
    writeFileSync(settingsFile(data), text);
    await assert.rejects(readStoredSettings(data), (error: Error) => {
      assert.ok(error instanceof SettingsError);
      assert.match(error.message, says);
      return true;
    });
  });
}
