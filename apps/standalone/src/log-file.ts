// Logs in files, so that the terminal stays readable; each in two files of bounded size.
import { copyFileSync, mkdirSync, openSync, renameSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { createLog, type Log } from '@message-push/runtime';

const FILE_BYTES_MAX = 32 * 1024 * 1024;

/** Opens the log; a file that has grown too large becomes `<file>.1` first. */
export function openLogFile(file: string, level: string): Log {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    if (statSync(file).size > FILE_BYTES_MAX) renameSync(file, `${file}.1`);
  } catch {
    // the first start: there is no file yet
  }
  // Open at once: a start that fails writes why and ends in the same turn.
  return createLog('message-push', level, openSync(file, 'a', 0o600));
}

/** Bounds a log that another process writes at the end of: its text moves to `<file>.1`, and the process goes on in the same file. */
export function boundLogFile(file: string, bytesMax: number = FILE_BYTES_MAX): void {
  if (statSync(file).size <= bytesMax) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
