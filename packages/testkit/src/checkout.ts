// An earlier version of this repository, ready to run: its sources out of git's history, on the libraries that are installed here.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './launch.ts';

const SCOPE = '@message-push';
const SOURCES = ['packages', 'apps'];
const TAR_BYTES_MAX = 512 * 1024 * 1024;

/** Why that version cannot be had; undefined = it can. */
export function missingCommit(commit: string): string | undefined {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root, stdio: 'ignore' });
    return undefined;
  } catch {
    return `git does not have ${commit} here: a shallow clone or an archive (git fetch --unshallow)`;
  }
}

/** Puts the packages and apps of that commit into `dir`; packages of ours resolve to those, all others to the ones installed. */
export function checkoutOf(commit: string, dir: string): string {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const tar = execFileSync('git', ['archive', '--format=tar', commit, '--', 'package.json', ...SOURCES], {
    cwd: root,
    maxBuffer: TAR_BYTES_MAX,
  });
  execFileSync('tar', ['-x'], { cwd: dir, input: tar });
  const installed = join(root, 'node_modules');
  const own = join(dir, 'node_modules');
  mkdirSync(join(own, SCOPE), { recursive: true });
  for (const name of readdirSync(installed))
    if (name !== SCOPE && !name.startsWith('.')) symlinkSync(join(installed, name), join(own, name));
  for (const folder of SOURCES)
    for (const name of readdirSync(join(dir, folder)))
      if (existsSync(join(dir, folder, name, 'package.json')))
        symlinkSync(join(dir, folder, name), join(own, SCOPE, name));
  return dir;
}
