// A counter's card reader: pcscd with vsmartcard's virtual reader, and `tanda reader --wait` on it. What
// journeys/src/virtual_reader.rs does for the other stories.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const drivers = '/usr/lib/pcsc/drivers/serial';
// pcscd has its one folder built in; in a mount namespace it is the story's own.
const inNamespace = 'mkdir -p /run/pcscd; mount --bind "$0" /run/pcscd && exec pcscd --foreground --config "$1"';
const attempts = [
  ['--mount', 'sh', '-c', inNamespace],
  ['--user', '--map-root-user', '--mount', 'sh', '-c', inNamespace],
];

/** Starts both, and waits until the page would find the reader. */
export async function startReader(city) {
  const folder = mkdtempSync(join(tmpdir(), 'tanda-reader-'));
  const [readers, run] = ['readers', 'run'].map((name) => join(folder, name));
  for (const one of [readers, run]) mkdirSync(one);
  // The driver takes the next port too, for a second slot; both are below those of connections, for when
  // either is taken, pcscd goes on without the reader.
  const port = 14_000 + 2 * Math.floor(Math.random() * 2_000);
  const driver = ['libifdvpcd.so', 'libifdvpcd.so.0.8'].map((name) => join(drivers, name)).find(existsSync);
  if (!driver) throw new Error('vsmartcard-vpcd is missing: run scripts/setup.sh test.');
  const hex = `0x${port.toString(16)}`;
  writeFileSync(
    join(readers, 'vpcd'),
    `FRIENDLYNAME "Story"\nDEVICENAME /dev/null:${hex}\nLIBPATH ${driver}\nCHANNELID ${hex}\n`,
  );
  const socket = join(run, 'pcscd.comm');
  const daemon =
    (await started('unshare', [...attempts[0], run, readers], socket, port)) ??
    (await started('unshare', [...attempts[1], run, readers], socket, port)) ??
    (await started('pcscd', ['--foreground', '--config', readers], '/run/pcscd/pcscd.comm', port));
  if (!daemon) throw new Error("pcscd can't be started: run scripts/setup.sh test, and stop another pcscd.");
  const env = daemon.socket === socket ? { PCSCLITE_CSOCK_NAME: socket } : {};
  const running = [city.beside(['reader', '--wait', '--origin', city.authority], env)];
  await until(() =>
    fetch('http://127.0.0.1:8610/', { headers: { origin: city.authority } }).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    /** Lays a resident's emulated card on the reader. */
    lay: (number, ...more) => {
      const where = ['--country', city.country, '--vpcd', `127.0.0.1:${port}`];
      running.push(city.beside(['sandbox', 'chip', '--resident', number, ...where, ...more]));
    },
    stop: async () => {
      for (const one of [...running, daemon.child]) one.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The daemon, once its socket and its reader are there; nothing where it may not run like this. */
async function started(program, words, socket, port) {
  const child = spawn(program, words, { stdio: 'ignore' });
  let ended = false;
  child.once('error', () => (ended = true));
  child.once('exit', () => (ended = true));
  await until(() => ended || (existsSync(socket) && [port, port + 1].every(listenedAt)));
  return ended ? undefined : { child, socket };
}

/** Asks the system's table: a connection would be a card that is laid on. */
function listenedAt(port) {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/));
  return sockets.some(([, address, , state]) => address?.endsWith(local) && state === '0A');
}

async function until(holds) {
  for (let n = 0; n < 500; n++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error('It did not come about in ten seconds.');
}
