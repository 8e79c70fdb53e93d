/** The program of a worker: answers one question after the other. */

import { parentPort } from 'node:worker_threads';
import { answering, type SentQuestion } from './message.ts';

const answer = answering();
parentPort?.on('message', (question: SentQuestion) => parentPort?.postMessage(answer(question)));
