import { fields, list, number, text } from '@tanda/ui/read';
import { get, post, send } from './http';
import { shrunk } from './photo';
import { Problem } from './problem';
import type { Why } from './residents';

const stages = ['arriving', 'checking', 'checked', 'broken'] as const;

/** A row of the file that was refused. */
export interface RowFault {
  line: number;
  /** The column at fault; `row` for the row as a whole. */
  field: string;
  code: string;
  /** What is wrong, in English: for codes that this page has no words for. */
  detail: string;
}

/** How far a register file has come. */
export interface Import {
  stage: (typeof stages)[number];
  done: number;
  total: number;
  good: number;
  refused: number;
  faults: RowFault[];
}

/** The largest piece of a file that is sent at once. */
const piece = 1 << 20;
const lookEvery = 500;
const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));

export function readImport(value: unknown): Import {
  const found = fields(value, 'import');
  const stage = stages.find((known) => known === found['stage']);
  if (!stage) throw new TypeError('not a stage');
  return {
    stage,
    done: number(found['bytes_done'], 'bytes_done'),
    total: number(found['bytes_total'], 'bytes_total'),
    good: number(found['good'], 'good'),
    refused: number(found['refused'], 'refused'),
    faults: list(found['faults'], 'faults').map((entry) => {
      const fault = fields(entry, 'fault');
      return {
        line: number(fault['line'], 'line'),
        field: text(fault['field'], 'field'),
        code: text(fault['code'], 'code'),
        detail: text(fault['detail'], 'detail'),
      };
    }),
  };
}

const place = (id: string): string => `/console/imports/${encodeURIComponent(id)}`;

function bytes(path: string, body: Blob): Promise<unknown> {
  const headers = { 'Content-Type': 'application/octet-stream' };
  return send(path, { method: 'POST', headers, body });
}

/** Brings a file with the pictures that it names, and has its rows looked at. Says which upload it is. */
export async function bring(
  file: File,
  pictures: File[],
  onprogress: (at: Import) => void,
): Promise<{ id: string; found: Import }> {
  const begun = fields(await post('/console/imports', { name: file.name, size: file.size }), 'import');
  const id = text(begun['id'], 'id');
  const total = file.size + pictures.length * piece;
  const sent = (done: number): void =>
    onprogress({ stage: 'arriving', done, total, good: 0, refused: 0, faults: [] });
  for (const [at, picture] of pictures.entries()) {
    sent(at * piece);
    await bytes(`${place(id)}/pictures?name=${encodeURIComponent(picture.name)}`, await shrunk(picture));
  }
  for (let at = 0; at < file.size; at += piece) {
    sent(pictures.length * piece + at);
    await bytes(`${place(id)}/pieces?at=${at}`, file.slice(at, at + piece));
  }
  await post(`${place(id)}/check`);
  for (;;) {
    const found = readImport(await get(place(id)));
    if (found.stage === 'broken') throw new Problem('upload_broken');
    if (found.stage === 'checked') return { id, found };
    onprogress(found);
    await pause(lookEvery);
  }
}

export async function propose(id: string, why: Why): Promise<void> {
  await post(`${place(id)}/proposal`, why);
}

/** Forgets a file with all that was staged of it. */
export async function discard(id: string): Promise<void> {
  await post(`${place(id)}/discard`);
}
