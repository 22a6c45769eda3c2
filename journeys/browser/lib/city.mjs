// The sandbox city, run by the built program on ports and data of its own.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './browser.mjs';

const program = process.env.TANDA_BIN ?? join(root, 'target/debug/tanda');

/** An offset at which the three ports are free. */
async function freeOffset() {
  for (let offset = 1200 + Math.floor(Math.random() * 400) * 10; ; offset += 10) {
    const free = await Promise.all([0, 1, 2].map((role) => isFree(8600 + offset + role)));
    if (free.every(Boolean)) return offset;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

export async function startCity() {
  if (!existsSync(program)) throw new Error(`${program} is not there: run cargo build --bin tanda first.`);
  const data = mkdtempSync(join(tmpdir(), 'tanda-browser-'));
  const offset = await freeOffset();
  const common = ['--data', data, '--port-offset', String(offset)];
  // Everything that it could say, so that what it must not say would be found.
  const args = ['serve', '--sandbox', join(root, 'sandbox'), '--log', 'debug,sqlx=info', ...common];
  const running = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let log = '';
  const told = [];
  running.stderr.on('data', (chunk) => (log += chunk));
  await new Promise((resolve, reject) => {
    running.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.includes('Ready.')) resolve();
    });
    running.once('exit', (code) => reject(new Error(`tanda serve ended with ${code}:\n${said}\n${log}`)));
    running.once('error', reject);
  });
  const address = (role) => `http://localhost:${8600 + offset + role}`;
  return {
    authority: address(0),
    wallet: address(1),
    desk: address(2),
    /** The link that makes a browser a relying party's desk, as the program prints it. */
    deskLink: (id) => said.match(new RegExp(`http\\S+/#${id}:\\S+`))?.[0],
    /** Who works there, with which PIN. */
    staff: (id) => {
      const [, staff, pin] = said.match(new RegExp(`/#${id}:\\S+ +(\\S+) (\\d+)`)) ?? [];
      return { staff, pin };
    },
    /** The link with which whoever opens it first becomes the sandbox's officer of a role. */
    officerLink: (role) => said.match(new RegExp(`become its ${role}\\s+(\\S+)`))?.[1],
    /** The bytes that a role has on its disk. */
    kept: (role) => {
      const folder = join(data, role);
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) =>
        one.isFile(),
      );
      return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
    },
    /** Runs another command of the program on the same data. */
    tanda: (...words) => promisify(execFile)(program, [...words, ...common], { cwd: root }),
    /** What the counter's scanner sees of a resident's finger, as its software names the file. */
    scan: async (number, finger, ...more) => {
      const file = join(data, `${finger}.png`);
      const words = ['sandbox', 'finger', '--resident', number, '--finger', finger, '--out', file, ...more];
      await promisify(execFile)(program, words, { cwd: root });
      return { name: `${finger}.png`, mimeType: 'image/png', buffer: readFileSync(file) };
    },
    /** Starts a program beside the city, until it is killed. */
    beside: (words, env = {}) =>
      spawn(program, words, { cwd: root, env: { ...process.env, ...env }, stdio: 'ignore' }),
    /** The folder of the sandbox's own country signer. */
    country: join(data, 'sandbox-country'),
    /** Lays an emulated card of a resident before a relay, as their own reader would. */
    layCard: (number, link, ...more) => {
      const words = ['sandbox', 'chip', '--resident', number, '--country', join(data, 'sandbox-country')];
      return promisify(execFile)(program, [...words, '--relay', link, ...more], { cwd: root });
    },
    /** What the sandbox's reader with a secure module signs of a resident's card. */
    signedByReader: async (number, question) => {
      const words = ['sandbox', 'attested-reader', '--resident', number, '--question', question];
      const country = join(data, 'sandbox-country');
      const { stdout } = await promisify(execFile)(program, [...words, '--country', country], { cwd: root });
      return stdout.trim();
    },
    /** Something that the log must not have: looked for at the end. */
    tell: (secret) => told.push(secret),
    /** A resident's wallet on the command line, with their card in it. */
    carry: async ({ number, name, pictures }) => {
      const file = join(data, `${number}.wallet`);
      const wallet = (...words) =>
        promisify(execFile)(program, ['wallet', ...words, '--wallet', file], { cwd: root });
      await wallet('sign-up', '--url', address(1));
      const frames = join(root, 'sandbox/people', pictures);
      await wallet('apply', '--number', number, '--name', name, '--frames', frames);
      return wallet;
    },
    /** What the program says of a receipt. */
    verifyReceipt: async (receipt) => {
      const file = join(data, 'receipt.jwt');
      writeFileSync(file, receipt);
      return promisify(execFile)(program, ['desk', 'verify-receipt', ...common, file], { cwd: root });
    },
    stop: async () => {
      const over = running.exitCode !== null || running.signalCode !== null;
      running.kill('SIGTERM');
      if (!over) await new Promise((resolve) => running.once('exit', resolve));
      rmSync(data, { recursive: true, force: true });
      assertSilent(log, [...secretsIn(said), ...told]);
    },
  };
}

/** The links, access codes and PINs that the program prints for whoever is at the machine. */
const secretsIn = (said) =>
  [
    ...said.matchAll(/#invite=(\S+)/g),
    ...said.matchAll(/\/#[a-z-]+:(\S+)/g),
    ...said.matchAll(/\/#[a-z-]+:\S+ +\S+ (\d+)/g),
  ].map(([, secret]) => secret);

/** Nothing that is somebody's own, and nothing that opens a door, is in the log. */
function assertSilent(log, secrets) {
  // A moment has six digits of its own, as a PIN has.
  const lines = log.replace(/^\S+Z/gm, '').split('\n');
  assert.ok(lines.length > 20, 'it was asked to log everything, and has said next to nothing');
  const own = residents.flatMap(({ number, name }) => [number, name, name.split(' ').reverse().join(' ')]);
  for (const secret of [...own, ...secrets]) {
    const alone = new RegExp(`(?<![0-9A-Za-z])${secret.replace(/[^\w ]/gu, '\\$&')}(?![0-9A-Za-z])`);
    const at = lines.find((line) => alone.test(line));
    assert.equal(at, undefined, 'the log says what it must not');
  }
}

/** A number as GB 11643 makes them, with its check character (ISO 7064 MOD 11-2). */
export function numbered(body) {
  const sum = [...body].reduce((total, digit, place) => total + Number(digit) * (2 ** (17 - place) % 11), 0);
  return `${body}${'10X98765432'[sum % 11]}`;
}

/** The city's residents, as the register file has them, with the number of their pictures. */
export const residents = readFileSync(join(root, 'sandbox/city/residents.jsonl'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line))
  .map((one) => ({
    ...one,
    name: `${one.family_name} ${one.given_name}`.trim(),
    pictures: /people\/([^/]+)\//.exec(one.portrait)?.[1],
  }));
