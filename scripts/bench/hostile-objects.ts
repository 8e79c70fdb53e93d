/** Fifty calendar objects that ask for far too much, by what they do. For figures, and for tests that nothing breaks. */

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
  'a very long text': [UTC, 'RRULE:FREQ=DAILY', `DESCRIPTION:${'x'.repeat(900_000)}`],
  'a hundred thousand parameters': [UTC, 'RRULE:FREQ=DAILY', `X-A${';B=1'.repeat(100_000)}:x`],
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
};

/** What is hard about each, and its bytes. */
export function hostileObjects(): [what: string, bytes: Buffer][] {
  const overrides = (count: number, range: string) =>
    repeat(count, (i) =>
      component('VEVENT', [`RECURRENCE-ID${range}:${day(i)}T000000Z`, `DTSTART:${day(i)}T010000Z`]).join(
        '\r\n',
      ),
    );
  const master = component('VEVENT', [UTC, 'RRULE:FREQ=HOURLY']);
  const objects: [string, string[]][] = [
    ...Object.entries(RULES).map(([what, rule]): [string, string[]] => [
      what,
      component('VEVENT', [UTC, 'DURATION:PT1H', `RRULE:${rule}`]),
    ]),
    ...Object.entries(EVENTS).map(([what, lines]): [string, string[]] => [what, component('VEVENT', lines)]),
    ...Object.entries(ZONES).map(([what, lines]): [string, string[]] => [
      what,
      [
        'BEGIN:VTIMEZONE',
        'TZID:Odd/Zone',
        ...lines,
        'END:VTIMEZONE',
        ...component('VEVENT', [ZONED, 'RRULE:FREQ=HOURLY']),
      ],
    ]),
    ['five hundred overrides', [...master, ...overrides(500, '')]],
    [
      'two hundred overrides that speak for the future',
      [...master, ...overrides(200, ';RANGE=THISANDFUTURE')],
    ],
    ['a task of each second', component('VTODO', [UTC, 'DUE:20200101T010000Z', 'RRULE:FREQ=SECONDLY'])],
    ['a journal of each second', component('VJOURNAL', [UTC, 'RRULE:FREQ=SECONDLY'])],
  ];
  return objects.map(([what, lines]) => [
    what,
    Buffer.from(['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')),
  ]);
}

function component(name: string, lines: readonly string[]): string[] {
  return [`BEGIN:${name}`, 'UID:hostile', 'DTSTAMP:20200101T000000Z', ...lines, `END:${name}`];
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

function repeat(count: number, line: (index: number) => string): string[] {
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
