/** Entry of a task of a job array. Its folder is its argument; its number, the environment's. */

const stop = new AbortController();
// Before anything is loaded: what comes now would otherwise end this process without a word.
process.on('SIGTERM', () => stop.abort());

const { executeTask } = await import('./execute-task.js');
process.exit(await executeTask(process.argv[2] as string, stop.signal));
