// Builds of the wallet page, served as the server serves them, and exchanged for others while pages are open.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './browser.mjs';

export const walletBuild = join(root, 'web/dist/wallet');
const worker = 'service-worker.js';
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The paths under which a build's files are kept, and their hashes. */
export function shellOf(folder) {
  const script = readFileSync(join(folder, worker), 'utf8');
  return JSON.parse(/^const tandaShell = (\{.*\});\n/.exec(script)[1]);
}

/** A copy of the built wallet page, to be changed. */
export function copyOfBuild() {
  const folder = mkdtempSync(join(tmpdir(), 'tanda-build-'));
  cpSync(walletBuild, folder, { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Makes the folder's build another one: some words differ, and with them names and hashes, as after a real build. */
export function rebuild(folder, words, otherWords) {
  const assets = join(folder, 'assets');
  const name = readdirSync(assets).find((file) => file.endsWith('.js'));
  const script = readFileSync(join(assets, name), 'utf8');
  if (!script.includes(words)) throw new Error(`the build does not say ${words}`);
  const changed = script.replaceAll(words, otherWords);
  const newName = `index-${sha256(changed).slice(0, 8)}.js`;
  renameSync(join(assets, name), join(assets, newName));
  writeFileSync(join(assets, newName), changed);
  const start = readFileSync(join(folder, 'index.html'), 'utf8').replaceAll(name, newName);
  writeFileSync(join(folder, 'index.html'), start);
  const shell = shellOf(folder);
  delete shell.files[`/assets/${name}`];
  shell.files[`/assets/${newName}`] = sha256(changed);
  shell.files['/'] = sha256(start);
  shell.build = sha256(JSON.stringify(shell.files)).slice(0, 16);
  const code = readFileSync(join(folder, worker), 'utf8').split('\n').slice(1).join('\n');
  writeFileSync(join(folder, worker), `const tandaShell = ${JSON.stringify(shell)};\n${code}`);
}
