/** The program of a worker: answers one question after the other. */

import { parentPort } from 'node:worker_threads';
import { answerSent, type SentQuestion } from './message.ts';

parentPort?.on('message', (question: SentQuestion) => parentPort?.postMessage(answerSent(question)));
