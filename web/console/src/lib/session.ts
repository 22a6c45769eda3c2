import { makePasskey, PasskeyError, usePasskey } from '@tanda/ui/passkey';
import { fields, list, text } from '@tanda/ui/read';
import { get, post } from './http';
import { Problem } from './problem';

export const roles = ['clerk', 'supervisor', 'auditor', 'administrator'] as const;
export type Role = (typeof roles)[number];

export function readRole(value: unknown): Role {
  const role = roles.find((known) => known === value);
  if (!role) throw new TypeError('not a role');
  return role;
}

/** Who is signed in, and what the role permits (docs/security/permissions.md). */
export interface Session {
  officerId: string;
  name: string;
  role: Role;
  may: ReadonlySet<string>;
  authority: string;
  /** By this machine's clock: when the sign-in ends for want of anything done, and in any case. */
  idleAt: number;
  endsAt: number;
}

export interface Invitation {
  token: string;
  name: string;
  role: Role;
  authority: string;
}

/** A moment of the server's clock, on this machine's: the two need not agree. */
function moment(value: unknown, serverNow: unknown): number {
  const [at, now] = [Date.parse(text(value, 'time')), Date.parse(text(serverNow, 'now'))];
  if (Number.isNaN(at) || Number.isNaN(now)) throw new TypeError('not a time');
  return at - now + Date.now();
}

export function readSession(value: unknown): Session {
  const session = fields(value, 'session');
  return {
    officerId: text(session['officer_id'], 'officer_id'),
    name: text(session['name'], 'name'),
    role: readRole(session['role']),
    may: new Set(list(session['may'], 'may').map((action) => text(action, 'action'))),
    authority: text(session['authority'], 'authority'),
    idleAt: moment(session['idle_at'], session['now']),
    endsAt: moment(session['ends_at'], session['now']),
  };
}

/** Who is signed in at this browser, if anybody. */
export async function current(asking: { unattended?: boolean } = {}): Promise<Session | undefined> {
  try {
    return readSession(await get('/console/session', asking));
  } catch (error) {
    if (error instanceof Problem && error.kind === 'signed_out') return undefined;
    throw error;
  }
}

function inOurWords(error: unknown): never {
  throw error instanceof PasskeyError ? new Problem(`passkey_${error.kind}`) : error;
}

export async function openInvitation(token: string): Promise<Invitation> {
  const invitation = fields(await post('/console/invitations/open', { token }), 'invitation');
  return {
    token,
    name: text(invitation['name'], 'name'),
    role: readRole(invitation['role']),
    authority: text(invitation['authority'], 'authority'),
  };
}

export async function join(token: string): Promise<Session> {
  const start = fields(await post('/console/invitations/start', { token }), 'challenge');
  const credential = await makePasskey(start).catch(inOurWords);
  return readSession(await post('/console/invitations/finish', { credential }));
}

async function signed(finish: string): Promise<Session> {
  const start = fields(await post('/console/sign-in/start'), 'challenge');
  const credential = await usePasskey(start).catch(inOurWords);
  return readSession(await post(finish, { credential }));
}

export function signIn(): Promise<Session> {
  return signed('/console/sign-in/finish');
}

/** Uses the passkey once more, for what can't be undone. */
export function stepUp(): Promise<Session> {
  return signed('/console/step-up/finish');
}

export async function signOut(): Promise<void> {
  await post('/console/sign-out');
}

/** The secret of a one-time link: `/#invite=<secret>`. */
export function invitationIn(hash: string): string | undefined {
  return /^#invite=([\w-]{20,128})$/.exec(hash)?.[1];
}
