/** Calendar objects that ask for far too much, by what they do. For figures, and for tests that nothing breaks. */

const HOURS = numbers(0, 23);
const SIXTY = numbers(0, 59);
const WEEK = 'MO,TU,WE,TH,FR,SA,SU';
const ZONED = 'DTSTART;TZID=Odd/Zone:20200301T000000';
const UTC = 'DTSTART:20200101T000000Z';

/** One RRULE each, on an event that begins in 2020. */
const RULES: Readonly<Record<string, string>> = {
  'every second': 'FREQ=SECONDLY',
  'every second, counted': 'FREQ=SECONDLY;COUNT=999999999',
  'every second of some days': 'FREQ=SECONDLY;BYMONTHDAY=1,2,3,-1;BYSETPOS=1',
  'every second of a day that never comes': 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
  'every second with all parts': `FREQ=SECONDLY;BYSECOND=${SIXTY};BYMINUTE=${SIXTY};BYHOUR=${HOURS};BYDAY=${WEEK}`,
  'every minute, all seconds': `FREQ=MINUTELY;BYSECOND=${SIXTY};COUNT=500000`,
  'every minute of an hour that is never met': 'FREQ=MINUTELY;INTERVAL=1440;BYHOUR=5',
  'every hour, all minutes and seconds': `FREQ=HOURLY;BYMINUTE=${SIXTY};BYSECOND=${SIXTY}`,
  'every hour by positions': `FREQ=HOURLY;BYMINUTE=${SIXTY};BYSECOND=${SIXTY};BYSETPOS=${numbers(1, 366)}`,
  'every day, each second': `FREQ=DAILY;BYHOUR=${HOURS};BYMINUTE=${SIXTY};BYSECOND=${SIXTY}`,
  'every day, the last second': `FREQ=DAILY;BYHOUR=${HOURS};BYMINUTE=${SIXTY};BYSECOND=${SIXTY};BYSETPOS=-1`,
  'every day, counted far': 'FREQ=DAILY;BYHOUR=1,2;COUNT=100000000',
  'the 30th of February, day by day': 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
  'the 30th of February, month by month': 'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30',
  'the 30th of February, year by year': 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'the 30th of February, counted': 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3',
  'a leap day in no leap year': 'FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;COUNT=9',
  'every week, a position that is not there': 'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2;COUNT=5',
  'every month, all parts': `FREQ=MONTHLY;BYDAY=${WEEK};BYHOUR=${HOURS};BYMINUTE=${SIXTY};BYSETPOS=${numbers(-366, -1)}`,
  'every year, each second': `FREQ=YEARLY;BYDAY=${WEEK};BYHOUR=${HOURS};BYMINUTE=${SIXTY};BYSECOND=${SIXTY}`,
  'every year, the last second': `FREQ=YEARLY;BYDAY=${WEEK};BYHOUR=${HOURS};BYMINUTE=${SIXTY};BYSECOND=${SIXTY};BYSETPOS=-1`,
  'every year, all its days': `FREQ=YEARLY;BYYEARDAY=${numbers(1, 366)},${numbers(-366, -1)}`,
  'every year, weeks in the wrong month': 'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;COUNT=4',
  'every year, numbered weekdays': `FREQ=YEARLY;BYDAY=${WEEK.split(',')
    .flatMap((day) =>
      numbers(1, 53)
        .split(',')
        .map((nth) => `${nth}${day}`),
    )
    .join()}`,
  'a huge interval': 'FREQ=SECONDLY;INTERVAL=999999999;BYSECOND=1',
  'every second of one minute a year': 'FREQ=SECONDLY;BYMONTH=12;BYMONTHDAY=31;BYHOUR=23;BYMINUTE=59',
  'the last second of each second': 'FREQ=SECONDLY;BYSETPOS=-1',
  'every second, positions that are not there': `FREQ=SECONDLY;BYSETPOS=${numbers(2, 366)}`,
  'every minute of a weekday in one week': 'FREQ=MINUTELY;BYDAY=MO;BYMONTHDAY=29;BYMONTH=2',
  'every hour of days by number': `FREQ=HOURLY;BYYEARDAY=${numbers(-366, -1)};BYMINUTE=${SIXTY}`,
  'as many as may be, far from the start': 'FREQ=HOURLY;COUNT=100000;BYMONTH=2;BYMONTHDAY=29',
  'as many as may be, every second': 'FREQ=SECONDLY;COUNT=100000',
  'a leap day that is a Monday, counted': 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=1000',
  'every thousand years': 'FREQ=YEARLY;INTERVAL=1000;BYDAY=53MO',
  'every month, the fifth and the fifth last at once':
    'FREQ=MONTHLY;BYDAY=5MO,-5TU;BYMONTHDAY=31,-31;BYSETPOS=366',
  'every week by all clocks': `FREQ=WEEKLY;WKST=SU;INTERVAL=53;BYDAY=${WEEK};BYHOUR=${HOURS};BYMINUTE=${SIXTY};BYSECOND=${SIXTY};BYSETPOS=${numbers(-366, -1)}`,
  'every second of a month that never comes, by the moon': 'RSCALE=ISLAMIC-UMALQURA;FREQ=SECONDLY;BYMONTH=13',
  'every minute of leap months': 'RSCALE=CHINESE;FREQ=MINUTELY;BYMONTH=8L;BYYEARDAY=366',
  'every other month by the moon, the last days': `RSCALE=HEBREW;FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=${numbers(-31, -1)};SKIP=BACKWARD`,
  'until before the start': 'FREQ=SECONDLY;UNTIL=19700101T000000Z',
};

/** Lines of VEVENTs, where one rule is not what is hard. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  'a thousand rules': [UTC, ...repeat(1000, (i) => `RRULE:FREQ=DAILY;INTERVAL=${i + 1};BYHOUR=${i % 24}`)],
  'eight rules of seconds': [UTC, ...repeat(8, (i) => `RRULE:FREQ=SECONDLY;BYSECOND=${i}`)],
  'two thousand dates': [UTC, ...repeat(2000, (i) => `RDATE:${day(i)}T120000Z`)],
  'twenty thousand dates': [UTC, `RDATE:${repeat(20_000, (i) => `${day(i)}T120000Z`).join()}`],
  'dates of every zone': [
    'DTSTART;TZID=Europe/Berlin:20200101T000000',
    ...Intl.supportedValuesOf('timeZone').map((zone) => `RDATE;TZID=${zone}:20260401T120000`),
  ],
  'five thousand exceptions': [UTC, 'RRULE:FREQ=DAILY', ...repeat(5000, (i) => `EXDATE:${day(i)}T000000Z`)],
  'all seconds excepted': [
    UTC,
    'RRULE:FREQ=DAILY;COUNT=100',
    `EXDATE:${repeat(100, (i) => `${day(i)}T000000Z`).join()}`,
  ],
  'long and often': [UTC, 'DURATION:P3650D', 'RRULE:FREQ=SECONDLY'],
  'longest and daily': [UTC, 'DURATION:P999999W', 'RRULE:FREQ=DAILY'],
  'from the year 1': ['DTSTART:00010101T000000Z', 'RRULE:FREQ=MINUTELY;COUNT=999999999;BYDAY=MO'],
  'from the year 1 in Paris': ['DTSTART;TZID=Europe/Paris:00010101T000000', 'RRULE:FREQ=HOURLY'],
  'until the year 9999': [UTC, 'RRULE:FREQ=SECONDLY;UNTIL=99991231T235959Z;BYHOUR=3'],
  'an alarm without end': [
    UTC,
    'RRULE:FREQ=DAILY',
    'BEGIN:VALARM',
    'TRIGGER:-P99999D',
    'REPEAT:999999999',
    'DURATION:PT1S',
    'END:VALARM',
  ],
  'many alarms': [
    UTC,
    'RRULE:FREQ=HOURLY',
    ...repeat(500, (i) => `BEGIN:VALARM\r\nTRIGGER:-P${i}D\r\nEND:VALARM`),
  ],
  'dates of as many years': [
    'DTSTART;TZID=Europe/Paris:20200101T000000',
    `RDATE;TZID=Europe/Paris:${repeat(9000, (i) => `${String(1000 + i)}0601T120000`).join()}`,
  ],
  'periods across each other': [
    UTC,
    `RDATE;VALUE=PERIOD:${repeat(3000, (i) => `${day(i)}T000000Z/P${5000 - i}D`).join()}`,
  ],
  'exceptions by date, of each second': [
    UTC,
    'RRULE:FREQ=SECONDLY',
    `EXDATE;VALUE=DATE:${repeat(3000, (i) => day(i)).join()}`,
  ],
  'exceptions of every zone': [
    UTC,
    'RRULE:FREQ=HOURLY',
    ...Intl.supportedValuesOf('timeZone').map((zone) => `EXDATE;TZID=${zone}:20260401T120000`),
  ],
  'names of zones that nobody knows': [
    UTC,
    'RRULE:FREQ=DAILY',
    ...repeat(3000, (i) => `RDATE;TZID=Nowhere/${i}:20260501T120000`),
  ],
  'alarms at times of their own': [
    UTC,
    'RRULE:FREQ=DAILY',
    ...repeat(
      1000,
      (i) =>
        `BEGIN:VALARM\r\nTRIGGER;VALUE=DATE-TIME:${day(i)}T000000Z\r\nREPEAT:9999\r\nDURATION:PT1S\r\nEND:VALARM`,
    ),
  ],
  'components in components': [
    UTC,
    'RRULE:FREQ=SECONDLY',
    ...repeat(2000, () => 'BEGIN:VALARM\r\nBEGIN:X\r\nBEGIN:X\r\nEND:X\r\nEND:X\r\nEND:VALARM'),
  ],
  'a very long text': [UTC, 'RRULE:FREQ=DAILY', `DESCRIPTION:${'x'.repeat(900_000)}`],
  'a hundred thousand parameters': [UTC, 'RRULE:FREQ=DAILY', `X-A${';B=1'.repeat(100_000)}:x`],
  'a hundred thousand values of a parameter': [UTC, 'RRULE:FREQ=DAILY', `X-A;B=1${',1'.repeat(100_000)}:x`],
  'very many lines': [UTC, 'RRULE:FREQ=DAILY', ...repeat(50_000, (i) => `X-${i}:x`)],
};

/** Lines of a VTIMEZONE `Odd/Zone`, for an hourly event. */
const ZONES: Readonly<Record<string, readonly string[]>> = {
  'a zone that changes each second': observance('+0000', '+0100', 'RRULE:FREQ=SECONDLY'),
  'a zone that never changes': observance('+0000', '+0100', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'),
  'a zone of five hundred parts': repeat(500, (i) =>
    observance('+0000', `+${two(i % 24)}00`, 'RRULE:FREQ=DAILY').join('\r\n'),
  ),
  'a zone of many changes': observance(
    '-2359',
    '+2359',
    `RDATE:${repeat(5000, (i) => `${day(i)}T000000`).join()}`,
  ),
  'a zone of every rule': repeat(100, (i) =>
    observance(
      '+0000',
      `+00${two(i % 60)}`,
      `RRULE:FREQ=MONTHLY;BYDAY=${WEEK};BYSETPOS=${(i % 31) + 1}`,
    ).join('\r\n'),
  ),
};

export interface HostileObject {
  /** What is hard about it. */
  readonly what: string;
  /** Its main component. */
  readonly component: string;
  readonly bytes: Buffer;
}

export function hostileObjects(): HostileObject[] {
  const events = Object.entries(EVENTS).map(([what, lines]) => object(what, 'VEVENT', lines));
  const rules = Object.entries(RULES).map(([what, rule]) =>
    object(what, 'VEVENT', [UTC, 'DURATION:PT1H', `RRULE:${rule}`]),
  );
  const zones = Object.entries(ZONES).map(([what, lines]) =>
    object(
      what,
      'VEVENT',
      [ZONED, 'RRULE:FREQ=HOURLY'],
      ['BEGIN:VTIMEZONE', 'TZID:Odd/Zone', ...lines, 'END:VTIMEZONE'],
    ),
  );
  return [...rules, ...events, ...zones, ...others()];
}

function others(): HostileObject[] {
  const hourly = [UTC, 'RRULE:FREQ=HOURLY'];
  const overrides = (count: number, range: string) =>
    repeat(count, (i) => [`RECURRENCE-ID${range}:${day(i)}T000000Z`, `DTSTART:${day(i)}T010000Z`]);
  const revisions = repeat(500, (i) => [`RECURRENCE-ID:${day(0)}T000000Z`, UTC, `SEQUENCE:${i}`]);
  const available = (count: number, rule: string) =>
    repeat(count, (i) =>
      component('AVAILABLE', [UTC, 'DURATION:PT30S', rule], `available-${i}`).join('\r\n'),
    );
  const manyZones = repeat(20, (i) =>
    [
      'BEGIN:VTIMEZONE',
      `TZID:Odd/${i}`,
      ...observance('+0000', '+0100', 'RRULE:FREQ=SECONDLY'),
      'END:VTIMEZONE',
    ].join('\r\n'),
  );
  return [
    object('five hundred overrides', 'VEVENT', hourly, [], overrides(500, '')),
    object(
      'two hundred overrides that speak for the future',
      'VEVENT',
      hourly,
      [],
      overrides(200, ';RANGE=THISANDFUTURE'),
    ),
    object('five hundred revisions of one override', 'VEVENT', hourly, [], revisions),
    object(
      'times in twenty odd zones',
      'VEVENT',
      [UTC, ...repeat(2000, (i) => `RDATE;TZID=Odd/${i % 20}:${day(i)}T120000`)],
      manyZones,
    ),
    object('a task of each second', 'VTODO', [UTC, 'DUE:20200101T010000Z', 'RRULE:FREQ=SECONDLY']),
    object('a task that is due each second', 'VTODO', [
      'DUE:20200101T010000Z',
      'RRULE:FREQ=SECONDLY;COUNT=100000',
    ]),
    object('a journal of each second', 'VJOURNAL', [UTC, 'RRULE:FREQ=SECONDLY']),
    object('available each minute', 'VAVAILABILITY', [UTC, ...available(1, 'RRULE:FREQ=MINUTELY')]),
    object('available in a thousand ways', 'VAVAILABILITY', [UTC, ...available(1000, 'RRULE:FREQ=HOURLY')]),
    object('twenty thousand periods', 'VFREEBUSY', [
      UTC,
      ...repeat(20_000, (i) => `FREEBUSY:${day(i % 5000)}T000000Z/PT${i + 1}S`),
    ]),
  ];
}

/** `more` are components of the same kind beside it, by their lines. */
function object(
  what: string,
  name: string,
  lines: readonly string[],
  before: readonly string[] = [],
  more: readonly (readonly string[])[] = [],
): HostileObject {
  const components = [lines, ...more].flatMap((one) => component(name, one));
  const all = ['BEGIN:VCALENDAR', 'VERSION:2.0', ...before, ...components, 'END:VCALENDAR', ''];
  return { what, component: name, bytes: Buffer.from(all.join('\r\n')) };
}

function component(name: string, lines: readonly string[], uid = 'hostile'): string[] {
  return [`BEGIN:${name}`, `UID:${uid}`, 'DTSTAMP:20200101T000000Z', ...lines, `END:${name}`];
}

function observance(from: string, to: string, line: string): string[] {
  return [
    'BEGIN:DAYLIGHT',
    `TZOFFSETFROM:${from}`,
    `TZOFFSETTO:${to}`,
    'DTSTART:19700101T000000',
    line,
    'END:DAYLIGHT',
  ];
}

function repeat<T>(count: number, line: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => line(i));
}

function numbers(from: number, to: number): string {
  return repeat(to - from + 1, (i) => String(from + i)).join();
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** `20200101` and on. */
function day(index: number): string {
  return new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10).replaceAll('-', '');
}
