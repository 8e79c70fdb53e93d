/** The program of a worker: answers one question after the other. */

import { parentPort } from 'node:worker_threads';
import { answering, type SentPart, type SentQuestion } from './message.ts';

const answer = answering();
parentPort?.on('message', (sent: SentQuestion | SentPart) => {
  const answered = answer(sent);
  if (answered) parentPort?.postMessage(answered);
});
