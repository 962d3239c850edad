/** Entry of a reading thread. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { serveReads } from './serve-reads.js';

serveReads(parentPort as MessagePort, workerData);
