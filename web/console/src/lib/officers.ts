import { fields, list, text } from '@tanda/ui/read';
import { get, post } from './http';
import { readRole, type Role } from './session';

export interface Officer {
  id: string;
  name: string;
  role: Role;
  state: 'invited' | 'active' | 'retired';
  invitedAt: number;
  hasOwnNumber: boolean;
}

export interface Link {
  link: string;
  expiresAt: number;
}

function readOfficer(value: unknown): Officer {
  const officer = fields(value, 'officer');
  const state = officer['state'];
  if (state !== 'invited' && state !== 'active' && state !== 'retired') throw new TypeError('not a state');
  return {
    id: text(officer['id'], 'id'),
    name: text(officer['name'], 'name'),
    role: readRole(officer['role']),
    state,
    invitedAt: Date.parse(text(officer['invited_at'], 'invited_at')),
    hasOwnNumber: officer['has_own_number'] === true,
  };
}

function readLink(value: unknown): Link {
  const link = fields(value, 'invitation');
  return { link: text(link['link'], 'link'), expiresAt: Date.parse(text(link['expires_at'], 'expires_at')) };
}

export async function officers(): Promise<Officer[]> {
  return list(await get('/console/officers'), 'officers').map(readOfficer);
}

export interface NewOfficer {
  name: string;
  role: Role;
  /** Nothing only for somebody whom this register cannot have. */
  ownNumber: string | undefined;
  reason: string;
}

export async function invite({ name, role, ownNumber, reason }: NewOfficer): Promise<Link> {
  return readLink(await post('/console/officers', { name, role, own_number: ownNumber ?? null, reason }));
}

/** What an administrator changes about another officer's account. */
export type Change = { what: 'link' } | { what: 'role'; role: Role } | { what: 'retire' };

export async function retire(id: string, reason: string): Promise<void> {
  await post(`/console/officers/${encodeURIComponent(id)}/retirement`, { reason });
}

export async function changeRole(id: string, role: Role, reason: string): Promise<void> {
  await post(`/console/officers/${encodeURIComponent(id)}/role`, { role, reason });
}

export async function inviteAgain(id: string, reason: string): Promise<Link> {
  return readLink(await post(`/console/officers/${encodeURIComponent(id)}/invitation`, { reason }));
}
