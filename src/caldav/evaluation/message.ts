import { InvalidData, type InvalidRule } from '../../model/invalid.ts';
import { TooMuch } from '../../model/work.ts';
import { UTC, type Zone } from '../../model/zone.ts';
import { namedZone } from '../../model/zone-names.ts';
import { zoneOfCalendar } from '../../model/zones.ts';
import { type Asked, answer, type Effort, type Questions } from './questions.ts';

/** A zone is functions, which can't be sent: its name, or the iCalendar text that defines it. */
export type SentZone = { readonly name: string } | { readonly definition: string };

/** A question on its way to a worker. */
export interface SentQuestion {
  readonly ask: Asked;
  readonly effort: Effort;
  readonly question: Omit<Questions[Asked], 'zone' | 'bytes'>;
  /** After the parts that came before it; null: those of the question before. */
  readonly bytes: Uint8Array | null;
  readonly zone: SentZone;
}

/** The beginning of the bytes of the next question: copying many at once would hold who asks. */
export interface SentPart {
  readonly part: Uint8Array;
}

/** What comes back: an answer, or which error was thrown. */
export type SentAnswer =
  | { readonly answer: unknown }
  | { readonly tooMuch: string }
  | { readonly invalid: InvalidRule; readonly line: number; readonly message: string };

/**
 * What answers in the worker, one question after the other; a part has no answer. It throws what is no answer either: a
 * defect. An object that is asked about again, be it by another request, stays the same array, so that it need not be
 * parsed again.
 */
export function answering(): (sent: SentQuestion | SentPart) => SentAnswer | undefined {
  let last: Uint8Array = new Uint8Array();
  let parts: Uint8Array[] = [];
  return (sent) => {
    if ('part' in sent) {
      parts.push(sent.part);
      return undefined;
    }
    const bytes = sent.bytes && parts.length > 0 ? Buffer.concat([...parts, sent.bytes]) : sent.bytes;
    if (bytes && Buffer.compare(bytes, last) !== 0) last = bytes;
    parts = [];
    return answerSent(sent, last);
  };
}

function answerSent({ ask, effort, question, zone }: SentQuestion, bytes: Uint8Array): SentAnswer {
  try {
    // A sent question is one of Questions, but for its bytes and its zone.
    const whole = { ...question, bytes, zone: readZone(zone) } as Questions[Asked];
    return { answer: answer<Asked>(ask, whole, effort) };
  } catch (error) {
    if (error instanceof TooMuch) return { tooMuch: error.message };
    if (error instanceof InvalidData) {
      return { invalid: error.rule, line: error.line, message: error.message };
    }
    throw error;
  }
}

/** What came back, as if it had been computed here. @throws TooMuch, InvalidData */
export function readAnswer(sent: SentAnswer): unknown {
  if ('answer' in sent) return sent.answer;
  if ('tooMuch' in sent) throw new TooMuch(sent.tooMuch);
  const what = sent.message.replace(/^line \d+ /, '');
  throw new InvalidData(sent.invalid, sent.line, what);
}

function readZone(zone: SentZone): Zone {
  if ('name' in zone) return namedZone(zone.name) ?? UTC;
  return zoneOfCalendar(Buffer.from(zone.definition)) ?? UTC;
}
