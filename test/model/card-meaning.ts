/**
 * What a card says, apart from how it is spelled: the second reader against which conversions are checked. It shares
 * no code with src/model on purpose.
 */

interface Parsed {
  readonly group: string;
  readonly name: string;
  readonly params: Map<string, string[]>;
  value: string;
}

const MEDIA = ['PHOTO', 'LOGO', 'SOUND', 'KEY'];
const UNESCAPED = ['URL', 'SOURCE', 'IMPP', 'GEO', 'X-JABBER', 'X-SKYPE'];
const DATES = ['BDAY', 'ANNIVERSARY', 'X-ANNIVERSARY', 'REV'];
/** Value types that say nothing new. */
const IMPLIED: Record<string, string[]> = {
  TEL: ['phone-number', 'text'],
  BDAY: ['date', 'date-time', 'date-and-or-time', 'timestamp'],
  ANNIVERSARY: ['date', 'date-time', 'date-and-or-time', 'timestamp'],
  'X-ANNIVERSARY': ['date', 'date-time', 'date-and-or-time', 'timestamp'],
  REV: ['date', 'date-time', 'date-and-or-time', 'timestamp'],
  GEO: ['uri'],
};

/** A property as another reader has it: a parameter without values is a bare word. */
export type ReadProperty = readonly [
  group: string,
  name: string,
  params: readonly (readonly [name: string, values: readonly string[]])[],
  value: string,
];

/** One line for every property of a card, sorted; two cards of one version mean the same if these are equal. */
export function meaningOf(bytes: Uint8Array): string[] {
  return meaningOfParsed(
    new TextDecoder()
      .decode(bytes)
      .replace(/\r*\n[ \t]/g, '')
      .split(/\r*\n/)
      .filter((line) => line !== '' && !/^(BEGIN|END):/i.test(line))
      .map(parse),
  );
}

/** As `meaningOf`, of what another reader has taken apart. */
export function meaningOfProperties(properties: readonly ReadProperty[]): string[] {
  return meaningOfParsed(
    properties.map(([group, name, params, value]) => ({
      group: group.toLowerCase(),
      name: name.toUpperCase(),
      params: collect(params),
      value,
    })),
  );
}

function meaningOfParsed(all: readonly Parsed[]): string[] {
  // A name that was only made from another one says nothing.
  const parsed = all.filter(({ params }) => !params.has('X-DAVD-DERIVED'));
  const version = parsed.find(({ name }) => name === 'VERSION')?.value;
  if (version === '3.0') nameSorting(parsed);
  return [...new Map(parsed.map((one) => [one, spell(normal(one, version === '3.0'))])).values()].sort();
}

/** SORT-AS is not of 3.0, but clear: it is what SORT-STRING says. */
function nameSorting(parsed: Parsed[]): void {
  if (parsed.some(({ name }) => name === 'SORT-STRING')) return;
  for (const { name, params } of [...parsed]) {
    const [value, ...others] = name === 'N' ? (params.get('SORT-AS') ?? []) : [];
    if (value === undefined || others.length > 0) continue;
    params.delete('SORT-AS');
    parsed.push({ group: '', name: 'SORT-STRING', params: new Map(), value });
  }
}

function parse(line: string): Parsed {
  const head = /^(?:"[^"]*"|\\[;,]|[^":]|"(?![^"]*"))*?(?=:)/.exec(line)?.[0] ?? '';
  const [full = '', ...params] =
    head.match(/(?:^|;)(?:"[^"]*"|\\[;,]|[^;"]|")*/g)?.map((part, at) => (at === 0 ? part : part.slice(1))) ??
    [];
  const dot = full.lastIndexOf('.');
  const taken = params
    .filter((one) => one !== '')
    .map((param): [string, string[]] => {
      const [, name = '', values] = /^([^=]*)(?:=(.*))?$/s.exec(param) ?? [];
      if (values === undefined) return [name, []];
      const list = values.match(/(?:^|,)(?:"[^"]*"|\\[;,]|[^,"]|")*/g) ?? [''];
      return [name, list.map((one, at) => (at === 0 ? one : one.slice(1)))];
    });
  return {
    group: full.slice(0, Math.max(dot, 0)).toLowerCase(),
    name: full.slice(dot + 1).toUpperCase(),
    params: collect(taken),
    value: line.slice(head.length + 1),
  };
}

/** All values of each parameter; bare words are types, or encodings. */
function collect(params: ReadProperty[2]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [name, values] of params) {
    const bare = values.length === 0;
    const key = !bare ? name.toUpperCase() : /^(b|base64)$/i.test(name) ? 'ENCODING' : 'TYPE';
    map.set(key, [...(map.get(key) ?? []), ...(bare ? [name] : values).map(plainParam)]);
  }
  return map;
}

function plainParam(value: string): string {
  const quoted = /^"(.*)"$/s.exec(value);
  const text = quoted?.[1] ?? value.replace(/\\([;,])/g, '$1');
  return text.replace(/\^([n^'])/g, (_, code) => ({ n: '\n', '^': '^', "'": '"' })[code as 'n'] ?? '');
}

function normal(line: Parsed, three: boolean): Parsed {
  const { name, params } = line;
  const extension = name.startsWith('X-') && name !== 'X-ANNIVERSARY' && !UNESCAPED.includes(name);
  if (extension) return line;
  const types = (params.get('TYPE') ?? [])
    .flatMap((value) => value.split(','))
    .map((value) => value.toLowerCase());
  if (types.includes('pref') && !params.has('PREF')) params.set('PREF', ['1']);
  const kept = [...new Set(types.filter((type) => type !== 'pref'))].sort();
  if (kept.length > 0) params.set('TYPE', kept);
  else params.delete('TYPE');

  const said = params.get('VALUE')?.[0]?.toLowerCase();
  if (said !== undefined && IMPLIED[name]?.includes(said)) params.delete('VALUE');
  if (DATES.includes(name) && !params.has('VALUE')) normalDate(line);
  if (UNESCAPED.includes(name)) line.value = line.value.replace(/\\([\\;,:])/g, '$1');
  const label = params.get('LABEL');
  if (name === 'ADR' && label !== undefined) params.set('LABEL', label.map(plainText));
  if (name === 'LABEL' || name === 'SORT-STRING') line.value = plainText(line.value);
  if (name === 'TZ') normalZone(line, three);
  if (MEDIA.includes(name)) normalMedia(line, three);
  if (name === 'TEL' && three && params.get('X-DAVD-VALUE')?.[0] === 'uri') {
    params.delete('X-DAVD-VALUE');
    params.set('VALUE', ['uri']);
    line.value = `tel:${line.value}`;
  }
  return line;
}

function plainText(value: string): string {
  return value.replace(/\\([\\;,:nN])/g, (_, code) => (/n/i.test(code) ? '\n' : code));
}

function normalDate(line: Parsed): void {
  let value = line.value.replace(/^(\d{4})-(\d\d)-(\d\d)/, '$1$2$3').replace(/^--(\d\d)-(\d\d)$/, '--$1$2');
  value = value.replace(/T(\d\d):(\d\d):(\d\d)/i, 'T$1$2$3').replace(/(T\d{6})[.,]0+(?=[Zz+-]|$)/, '$1');
  value = value
    .replace(/([+-]\d\d):(\d\d)$/, '$1$2')
    .replace(/(T\d{6})([+-]\d\d)$/, '$1$200')
    .replace(/[tz]/g, (letter) => letter.toUpperCase());
  const omitted = line.params.get('X-APPLE-OMIT-YEAR')?.[0];
  if (value.startsWith('--')) line.params.delete('X-APPLE-OMIT-YEAR');
  if (omitted !== undefined && /^\d{8}$/.test(value) && value.startsWith(omitted)) {
    line.params.delete('X-APPLE-OMIT-YEAR');
    value = `--${value.slice(4)}`;
  }
  line.value = value;
}

function normalZone(line: Parsed, three: boolean): void {
  const type = line.params.get('VALUE')?.[0]?.toLowerCase();
  const offset = /^([+-]\d\d):?(\d\d)?$/.exec(line.value);
  const isOffset = offset !== null && (type === 'utc-offset' || (three && type === undefined));
  if (isOffset) line.value = `${offset[1]}${offset[2] ?? '00'}`;
  if (isOffset) line.params.set('VALUE', ['utc-offset']);
  else if (type === 'text') line.params.delete('VALUE');
}

/** Inline octets as `ENCODING=b`, links as `VALUE=uri`, other texts as `VALUE=text`; the kind of data among the types. */
function normalMedia(line: Parsed, three: boolean): void {
  const { name, params } = line;
  const encoding = params.get('ENCODING')?.[0]?.toLowerCase();
  const type = params.get('VALUE')?.[0]?.toLowerCase();
  const types = new Set((params.get('TYPE') ?? []).map((one) => (three ? shortKind(name, one) : one)));
  const uri = line.value.replace(/\\([\\;,:])/g, '$1');
  const octets = /^data:(.*?);base64,(.*)$/is.exec(uri);
  if (three && (encoding === 'b' || encoding === 'base64')) {
    params.set('ENCODING', ['b']);
    params.delete('VALUE');
    line.value = line.value.replace(/\s/g, '');
  } else if (octets !== null && (type ?? 'uri') === 'uri') {
    params.set('ENCODING', ['b']);
    params.delete('VALUE');
    if (params.get('X-DAVD-TYPE')?.[0] !== 'none') types.add(shortKind(name, octets[1] || 'text/plain'));
    params.delete('X-DAVD-TYPE');
    line.value = (octets[2] ?? '').replace(/%(2B|2F|3D)/gi, decodeURIComponent);
  } else if (
    type === 'uri' ||
    type === 'url' ||
    (type === undefined && /^[a-z][a-z0-9+.-]*:/i.test(line.value))
  ) {
    params.set('VALUE', ['uri']);
    if (three) for (const kind of params.get('MEDIATYPE') ?? []) types.add(shortKind(name, kind));
    if (three) params.delete('MEDIATYPE');
    line.value = uri;
  } else if (type === undefined && line.value !== '') params.set('VALUE', ['text']);
  if (types.size > 0) params.set('TYPE', [...types].sort());
}

/** `image/png` of a photo is `png`. */
function shortKind(name: string, kind: string): string {
  const whole = kind.toLowerCase();
  const own = { PHOTO: 'image/', LOGO: 'image/', SOUND: 'audio/', KEY: 'application/' }[name] ?? '';
  const short = whole.startsWith(own) && !whole.includes(';') ? whole.slice(own.length) : whole;
  return short.replace(/^pgp-keys$/, 'pgp');
}

function spell({ group, name, params, value }: Parsed): string {
  const written = [...params]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, values]) => `;${key}=${values.join(',')}`);
  return `${group === '' ? '' : `${group}.`}${name}${written.join('')}:${value}`;
}
