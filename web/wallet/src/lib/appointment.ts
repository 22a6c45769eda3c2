import { askOf } from './applicant';
import { at, generalProblem, problemOf, readJson, send } from './http';
import { fields, list, localText, text, type Fields } from './read';
import { Problem } from './problem';
import type { PendingEnrolment } from './store';

/** A place with a counter, and the beginnings (milliseconds since 1970) of the appointments that are free. */
export interface Office {
  id: string;
  name: Record<string, string>;
  address: Record<string, string>;
  free: number[];
}

/** When and where the applicant comes. */
export interface Appointment {
  office: string;
  startsAt: number;
}

export function readAppointment(value: unknown): Appointment {
  const body = fields(value, 'appointment');
  return {
    office: text(body['office'], 'office'),
    startsAt: Date.parse(text(body['starts_at'], 'starts_at')),
  };
}

export async function officesOf(issuer: string): Promise<Office[]> {
  const response = await send(at(issuer, '/offices'));
  if (!response.ok) throw generalProblem(response, await problemOf(response));
  return list(await readJson(response), 'offices').map((entry) => {
    const office = fields(entry, 'office');
    return {
      id: text(office['id'], 'id'),
      name: localText(office['name'], 'name'),
      address: localText(office['address'], 'address'),
      free: list(office['free'], 'free').map((when) => Date.parse(text(when, 'free'))),
    };
  });
}

async function post(enrolment: PendingEnrolment, path: string, body: Fields): Promise<void> {
  const response = await askOf(enrolment, `/appointment${path}`, { body });
  if (response.ok) return;
  const document = await problemOf(response);
  if (document.code === 'slot-taken' || document.code === 'no-such-slot') throw new Problem('slot_taken');
  if (response.status === 401 || document.code === 'not-gathering') throw new Problem('enrolment_expired');
  throw generalProblem(response, document);
}

/** Books a time, in the place of the one that was booked before. */
export function book(enrolment: PendingEnrolment, { office, startsAt }: Appointment): Promise<void> {
  return post(enrolment, '', { office, starts_at: new Date(startsAt).toISOString() });
}

/** Gives the time up; the application stands. */
export function cancelAppointment(enrolment: PendingEnrolment): Promise<void> {
  return post(enrolment, '/cancel', {});
}
