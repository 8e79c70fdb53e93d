import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DAY } from '../../src/model/civil.ts';
import { formatDate, formatDateTime, parseDate } from '../../src/model/date-value.ts';
import { recur } from '../../src/model/recurrence.ts';
import { FREQUENCIES, parseRule, type Rule } from '../../src/model/rrule.ts';
import { Work } from '../../src/model/work.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { check } from './random.ts';

const ALWAYS = { from: -Infinity, to: Infinity };

function ruleOf(text: string): Rule {
  const rule = parseRule(text);
  assert.ok(rule, `"${text}" is no rule`);
  return rule;
}

function wallOf(text: string): number {
  const value = parseDate(text, null);
  assert.ok(value, `"${text}" is no date`);
  return value.wall;
}

/** The first results of a rule; UNTIL is taken for a wall time of the start's zone. */
function firsts(text: string, start: string, most: number): string[] {
  const rule = ruleOf(text);
  const isDate = start.length === 8;
  const to = rule.until === null ? Infinity : rule.until.wall;
  const found: string[] = [];
  for (const wall of recur(rule, wallOf(start), { from: -Infinity, to }, new Work({ steps: 200_000 }))) {
    if (found.length === most) break;
    found.push(isDate ? formatDate(wall) : formatDateTime(wall));
  }
  return found;
}

describe('recur: the examples of RFC 5545 §3.8.5.3', () => {
  /** Dates at 09:00 unless a time is given; a dash at the end stands for "and so on". UNTIL is given in local time. */
  const examples: [rule: string, start: string, expected: string][] = [
    ['FREQ=DAILY;COUNT=10', '19970902', '0902 0903 0904 0905 0906 0907 0908 0909 0910 0911'],
    ['FREQ=DAILY;INTERVAL=2', '19970902', '0902 0904 0906 0908 0910 0912 0914 0916 -'],
    ['FREQ=DAILY;INTERVAL=10;COUNT=5', '19970902', '0902 0912 0922 1002 1012'],
    ['FREQ=WEEKLY;COUNT=10', '19970902', '0902 0909 0916 0923 0930 1007 1014 1021 1028 1104'],
    [
      'FREQ=WEEKLY;UNTIL=19971223T190000',
      '19970902',
      '0902 0909 0916 0923 0930 1007 1014 1021 1028 1104 1111 1118 1125 1202 1209 1216 1223',
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;WKST=SU',
      '19970902',
      '0902 0916 0930 1014 1028 1111 1125 1209 1223 19980106 0120 0203 0217 -',
    ],
    [
      'FREQ=WEEKLY;UNTIL=19971006T200000;WKST=SU;BYDAY=TU,TH',
      '19970902',
      '0902 0904 0909 0911 0916 0918 0923 0925 0930 1002',
    ],
    [
      'FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH',
      '19970902',
      '0902 0904 0909 0911 0916 0918 0923 0925 0930 1002',
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;UNTIL=19971223T190000;WKST=SU;BYDAY=MO,WE,FR',
      '19970901',
      '0901 0903 0905 0915 0917 0919 0929 1001 1003 1013 1015 1017 1027 1029 1031 1110 1112 1114 1124 1126 1128 1208 1210 1212 1222',
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH',
      '19970902',
      '0902 0904 0916 0918 0930 1002 1014 1016',
    ],
    ['FREQ=MONTHLY;COUNT=10;BYDAY=1FR', '19970905', '0905 1003 1107 1205 19980102 0206 0306 0403 0501 0605'],
    ['FREQ=MONTHLY;UNTIL=19971223T190000;BYDAY=1FR', '19970905', '0905 1003 1107 1205'],
    [
      'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
      '19970907',
      '0907 0928 1102 1130 19980104 0125 0301 0329 0503 0531',
    ],
    ['FREQ=MONTHLY;COUNT=6;BYDAY=-2MO', '19970922', '0922 1020 1117 1222 19980119 0216'],
    ['FREQ=MONTHLY;BYMONTHDAY=-3', '19970928', '0928 1029 1128 1229 19980129 0226 -'],
    [
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15',
      '19970902',
      '0902 0915 1002 1015 1102 1115 1202 1215 19980102 0115',
    ],
    [
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
      '19970930',
      '0930 1001 1031 1101 1130 1201 1231 19980101 0131 0201',
    ],
    [
      'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
      '19970910',
      '0910 0911 0912 0913 0914 0915 19990310 0311 0312 0313',
    ],
    [
      'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU',
      '19970902',
      '0902 0909 0916 0923 0930 1104 1111 1118 1125 19980106 0113 0120 0127 0303 0310 0317 0324 0331 -',
    ],
    [
      'FREQ=YEARLY;COUNT=10;BYMONTH=6,7',
      '19970610',
      '0610 0710 19980610 0710 19990610 0710 20000610 0710 20010610 0710',
    ],
    [
      'FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3',
      '19970310',
      '0310 19990110 0210 0310 20010110 0210 0310 20030110 0210 0310',
    ],
    [
      'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
      '19970101',
      '0101 0410 0719 20000101 0409 0718 20030101 0410 0719 20060101',
    ],
    ['FREQ=YEARLY;BYDAY=20MO', '19970519', '0519 19980518 19990517 -'],
    ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '19970512', '0512 19980511 19990517 -'],
    [
      'FREQ=YEARLY;BYMONTH=3;BYDAY=TH',
      '19970313',
      '0313 0320 0327 19980305 0312 0319 0326 19990304 0311 0318 0325 -',
    ],
    ['FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8', '19970605', '0605 0612 0619 0626 0703 0710 0717 0724 0731 0807 -'],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '19970902', '19980213 0313 1113 19990813 20001013 -'],
    [
      'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
      '19970913',
      '0913 1011 1108 1213 19980110 0207 0307 0411 0509 0613 -',
    ],
    [
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      '19961105',
      '1105 20001107 20041102 -',
    ],
    ['FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3', '19970904', '0904 1007 1106'],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2', '19970929', '0929 1030 1127 1230 19980129 0226 0330 -'],
    // The RFC lists 15:00 as well, but its UNTIL is 13:00 in New York.
    ['FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T130000', '19970902', '0902 0902T120000'],
    ['FREQ=MINUTELY;INTERVAL=15;COUNT=6', '19970902', '0902 T091500 T093000 T094500 T100000 T101500'],
    ['FREQ=MINUTELY;INTERVAL=90;COUNT=4', '19970902', '0902 T103000 T120000 T133000'],
    [
      'FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40',
      '19970902',
      '0902 T092000 T094000 T100000 T102000 T104000 T110000 -',
    ],
    [
      'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16',
      '19970902',
      '0902 T092000 T094000 T100000 T102000 T104000 T110000 -',
    ],
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', '19970805', '0805 0810 0819 0824'],
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', '19970805', '0805 0817 0819 0831'],
    ['FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5', '20070115', '0115 0130 0215 0315 0330'],
  ];

  /** `0902` has the year of what stands before, `T1200` also the day. */
  function spelledOut(short: string, start: string): string[] {
    let day = start;
    return short.split(' ').map((part) => {
      const [date = '', time = '090000'] = part.split('T');
      day = date.length === 8 ? date : date === '' ? day : day.slice(0, 4) + date;
      return `${day}T${time}`;
    });
  }

  for (const [rule, start, expected] of examples) {
    test(`${rule} from ${start}`, () => {
      const goesOn = expected.endsWith(' -');
      const list = spelledOut(goesOn ? expected.slice(0, -2) : expected, start);
      assert.deepEqual(firsts(rule, `${start}T090000`, goesOn ? list.length : list.length + 1), list);
    });
  }

  test('every day until 24 December is 113 days', () => {
    const days = firsts('FREQ=DAILY;UNTIL=19971223T190000', '19970902T090000', 200);
    assert.deepEqual([days.length, days.at(-1)], [113, '19971223T090000']);
  });

  test('every day in January for three years, said in two ways', () => {
    const yearly = firsts(
      'FREQ=YEARLY;UNTIL=20000131T090000;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA',
      '19980101T090000',
      200,
    );
    assert.equal(yearly.length, 93);
    assert.deepEqual(firsts('FREQ=DAILY;UNTIL=20000131T090000;BYMONTH=1', '19980101T090000', 200), yearly);
  });
});

describe('recur: combinations', () => {
  const rules: [what: string, rule: string, start: string, expected: string][] = [
    [
      'BYMONTHDAY limits numbered weekdays',
      'FREQ=YEARLY;BYDAY=5TH;BYMONTHDAY=3,12',
      '20050910',
      '20110203 20220203 20280203',
    ],
    [
      'BYMONTHDAY limits weeks',
      'FREQ=YEARLY;BYMONTHDAY=-5,19,29;BYMONTH=1,5;BYWEEKNO=20',
      '20140412',
      '20160519 20170519 20180519',
    ],
    [
      'weekdays with and without numbers add up',
      'FREQ=MONTHLY;BYDAY=SU,3TH;BYMONTH=8',
      '20080508',
      '20080803 20080810 20080817 20080821',
    ],
    [
      'BYMONTHDAY without BYMONTH is in every month',
      'FREQ=YEARLY;BYMONTHDAY=29',
      '20240229',
      '20240229 20240329 20240429',
    ],
    [
      'BYWEEKNO without days takes the weekday of the start',
      'FREQ=YEARLY;BYWEEKNO=20',
      '19970513',
      '19970513 19980512 19990518',
    ],
    [
      'a week belongs to one year, wherever its days lie',
      'FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU;INTERVAL=3',
      '20241231',
      '20241231 20280103 20280104 20301230',
    ],
    ['a month without the day is passed over', 'FREQ=MONTHLY', '20240131', '20240131 20240331 20240531'],
    ['a year without the day is passed over', 'FREQ=YEARLY', '20240229', '20240229 20280229 20320229'],
    ['2100 has no leap day', 'FREQ=YEARLY', '20920229', '20920229 20960229 21040229'],
    ['the last day of each year', 'FREQ=YEARLY;BYYEARDAY=-1', '20231231', '20231231 20241231 20251231'],
    [
      'numbers mean nothing where weeks recur',
      'FREQ=WEEKLY;BYDAY=2MO',
      '20240506',
      '20240506 20240513 20240520',
    ],
    [
      'BYSETPOS counts candidates before the start too',
      'FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2',
      '20240503',
      '20240508 20240515 20240522',
    ],
  ];
  for (const [what, rule, start, expected] of rules) {
    test(`${what}: ${rule}`, () => {
      const list = expected.split(' ');
      assert.deepEqual(firsts(rule, start, list.length), list);
    });
  }

  test('times of a day come in order', () => {
    assert.deepEqual(firsts('FREQ=DAILY;BYHOUR=18,9;BYMINUTE=30,0;COUNT=5', '20240501T090000', 9), [
      '20240501T090000',
      '20240501T093000',
      '20240501T180000',
      '20240501T183000',
      '20240502T090000',
    ]);
  });

  test('BYSETPOS picks times of a day', () => {
    assert.deepEqual(firsts('FREQ=DAILY;BYHOUR=9,12,18;BYSETPOS=-1,1;COUNT=3', '20240501T090000', 9), [
      '20240501T090000',
      '20240501T180000',
      '20240502T090000',
    ]);
  });

  test('minutes go on across hours that are ruled out', () => {
    assert.deepEqual(firsts('FREQ=MINUTELY;INTERVAL=50;BYHOUR=9,13;COUNT=4', '20240501T090000', 9), [
      '20240501T090000',
      '20240501T095000',
      '20240501T131000',
      '20240502T091000',
    ]);
  });
});

describe('recur: a stretch far from the start', () => {
  const days = fc.uniqueArray(fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU', '1MO', '-1FR'), {
    minLength: 1,
    maxLength: 3,
  });
  const part = (name: string, values: fc.Arbitrary<number>): fc.Arbitrary<string> =>
    fc.uniqueArray(values, { minLength: 1, maxLength: 3 }).map((list) => `;${name}=${list.join(',')}`);
  const rules = fc
    .tuple(
      fc.constantFrom(...FREQUENCIES),
      fc.integer({ min: 1, max: 40 }),
      fc.option(
        fc.oneof(
          days.map((list) => `;BYDAY=${list.join(',')}`),
          part('BYMONTHDAY', fc.integer({ min: 1, max: 31 })),
        ),
      ),
      fc.option(part('BYMONTH', fc.integer({ min: 1, max: 12 })), { freq: 3 }),
      fc.option(part('BYHOUR', fc.integer({ min: 0, max: 23 })), { freq: 4 }),
      fc.option(fc.constantFrom(';BYSETPOS=1', ';BYSETPOS=-1,2', ';COUNT=7', ';COUNT=300'), { freq: 2 }),
    )
    .map(([frequency, interval, ...parts]) => `FREQ=${frequency};INTERVAL=${interval}${parts.join('')}`);

  test('holds the same as walking there from the start', (t) => {
    check(
      fc.property(
        rules,
        fc.integer({ min: 0, max: 60_000_000 }),
        fc.integer({ min: 1, max: 100 }),
        (text, at, skip) => {
          const rule = ruleOf(text);
          const start = wallOf('20100103T083000') + at * 1000;
          const all: number[] = [];
          for (const wall of recur(rule, start, ALWAYS, new Work({ steps: 30_000 }))) {
            all.push(wall);
            if (all.length === 150) break;
          }
          const from = all[skip];
          const to = all.at(-1);
          if (from === undefined || to === undefined) return;
          const jumped = [...recur(rule, start, { from: from - 1, to }, new Work({ steps: 60_000 }))];
          assert.deepEqual(jumped, all.slice(skip), text);
        },
      ),
      { short: 300, long: 20_000 },
      (message) => t.diagnostic(message),
    );
  });
});

describe('recur: rules that ask for too much', () => {
  const hostile: [rule: string, start: string][] = [
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', '20240101T000000'],
    ['FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30', '20240101T000000'],
    ['FREQ=SECONDLY;BYHOUR=3;INTERVAL=86400', '20240101T000000'],
    ['FREQ=MINUTELY;INTERVAL=1440;BYHOUR=5', '20240101T000000'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31', '20240101T000000'],
    ['FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6', '20240101T000000'],
    ['FREQ=YEARLY;BYYEARDAY=1;BYMONTH=2', '20240101T000000'],
    ['FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1', '20240101T000000'],
    ['FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2', '20240101T000000'],
    ['FREQ=MONTHLY;BYSETPOS=366', '20240101T000000'],
    ['FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29', '20230101T000000'],
    ['FREQ=SECONDLY;INTERVAL=999999999;BYSECOND=1', '20240101T000000'],
  ];
  for (const [text, start] of hostile) {
    test(`${text} ends without a result`, () => {
      assert.deepEqual([...recur(ruleOf(text), wallOf(start), ALWAYS, new Work({ steps: 100_000 }))], []);
    });
  }

  test('an endless rule ends with its budget', () => {
    const work = new Work({ steps: 1000 });
    const found = [...recur(ruleOf('FREQ=SECONDLY'), 0, ALWAYS, work)];
    assert.ok(work.exhausted);
    assert.ok(found.length > 100 && found.length <= 1000);
  });

  test('a window decades from the start of a rule of seconds is reached at once', () => {
    const from = wallOf('20600101T000000');
    const stretch = { from, to: from + 2000 };
    assert.equal(
      [...recur(ruleOf('FREQ=SECONDLY'), wallOf('19700101T000000'), stretch, new Work({ steps: 100 }))]
        .length,
      3,
    );
    const counted = ruleOf('FREQ=SECONDLY;COUNT=999999999');
    assert.equal([...recur(counted, wallOf('20550101T000000'), stretch, new Work({ steps: 100 }))].length, 3);
  });

  test('rules end with the year 9999', () => {
    assert.deepEqual(firsts('FREQ=YEARLY;INTERVAL=1000', '20240501', 99).at(-1), '90240501');
    assert.deepEqual(firsts('FREQ=DAILY', '99991230', 99), ['99991230', '99991231']);
  });
});

describe('parseRule', () => {
  test('takes what programs write', () => {
    assert.equal(ruleOf('freq=daily;interval=0;').interval, 1);
    assert.deepEqual(ruleOf('FREQ=WEEKLY;BYDAY= MO , +2TU').byDay, [
      { weekday: 0, nth: 0 },
      { weekday: 1, nth: 2 },
    ]);
    assert.deepEqual(ruleOf('FREQ=DAILY;BYHOUR=9,8,9;BYSECOND=60;X-A=1;BYMONTH=').byHour, [8, 9]);
    assert.deepEqual(ruleOf('FREQ=DAILY;BYSECOND=60').bySecond, [59]);
    assert.equal(ruleOf('RSCALE=GREGORIAN;FREQ=DAILY').frequency, 'DAILY');
  });

  const refused = [
    '',
    'DAILY',
    'FREQ=FORTNIGHTLY',
    'FREQ=DAILY;COUNT=0',
    'FREQ=DAILY;COUNT=x',
    'FREQ=DAILY;UNTIL=tomorrow',
    'FREQ=DAILY;INTERVAL=-1',
    'FREQ=YEARLY;BYMONTH=13',
    'FREQ=MONTHLY;BYMONTHDAY=0',
    'FREQ=MONTHLY;BYMONTHDAY=32',
    'FREQ=MONTHLY;BYDAY=XX',
    'FREQ=MONTHLY;BYDAY=60MO',
    'FREQ=DAILY;WKST=1',
    'FREQ=DAILY;BYHOUR=24',
    // RFC 7529: calendars that are not known here, and a leap month of one that has none.
    'RSCALE=RUSSIAN;FREQ=YEARLY',
    'FREQ=YEARLY;BYMONTH=5L',
  ];
  for (const text of refused) {
    test(`reads no rule from "${text}"`, () => assert.equal(parseRule(text), null));
  }
});

describe('recur: the rules of libical', { skip: corpusAbsent }, () => {
  /** Why the results differ, by RULE and DTSTART. */
  const explained = new Map([
    // RFC 5545 §3.3.10: in the table, BYMONTHDAY expands a year; no month is taken from DTSTART.
    ['FREQ=YEARLY;BYMONTHDAY=29;COUNT=3 20240229', '20240229,20240329,20240429'],
    ['FREQ=YEARLY;BYMONTHDAY=-29,-1;COUNT=4 20240201', '20240201,20240229,20240303,20240331'],
    // §3.8.5.3: what a DTSTART makes that the rule does not is undefined. Here years are counted from that of its week.
    ['FREQ=YEARLY;BYWEEKNO=53;INTERVAL=6;BYDAY=TH;COUNT=1 20270103T000000Z', '20321230T000000Z'],
    ['FREQ=YEARLY;BYWEEKNO=53;INTERVAL=5;BYDAY=TH;COUNT=1 20270103T000000Z', '20711231T000000Z'],
    // Not implemented by libical.
    [
      'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYWEEKNO=1;UNTIL=20320101 20241230',
      '20241230,20251230,20301230,20311230',
    ],
  ]);

  const files = corpusFiles('.txt').filter(({ name }) => name.includes('icalrecur_test'));
  for (const file of files) {
    for (const block of readFileSync(file.path, 'utf8').split(/\n\s*\n/)) {
      const fields = new Map(
        [...block.matchAll(/^([A-Z-]+):(.*)$/gm)].map(([, name, value]) => [name, value]),
      );
      const text = fields.get('RRULE');
      const start = fields.get('DTSTART');
      if (text === undefined || start === undefined) continue;
      test(`${text} from ${start}`, () => {
        const from = fields.get('START-AT') ?? '';
        const expected = explained.get(`${text} ${start}`) ?? fields.get('INSTANCES') ?? '';
        if (expected.includes('UNIMPLEMENTED')) return assert.equal(parseRule(text), null);
        const list = expected.split(',').filter((one) => one >= from);
        let rule = ruleOf(text);
        // §3.3.10: ignored where DTSTART is a date.
        if (start.length === 8) rule = { ...rule, byHour: [], byMinute: [], bySecond: [] };
        const until = rule.until === null ? Infinity : rule.until.wall;
        const to = rule.until?.form === 'date' ? until + DAY - 1 : until;
        const stretch = { from: from === '' ? -Infinity : wallOf(from), to };
        const walls = [...recur(rule, wallOf(start), stretch, new Work({ steps: 100_000 }))];
        const zulu = start.endsWith('Z') ? 'Z' : '';
        const found = walls.map((wall) =>
          start.length === 8 ? formatDate(wall) : formatDateTime(wall) + zulu,
        );
        assert.deepEqual(found, list);
      });
    }
  }
});
