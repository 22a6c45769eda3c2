import { fields, list, optional, text, Unreadable } from './read';

export type ClaimPath = (string | number | null)[];
export const levels = ['light', 'full'] as const;
export type Level = (typeof levels)[number];

export const cardTypes: Record<Level, string> = {
  light: 'urn:tanda:card:light:1',
  full: 'urn:tanda:card:full:1',
};

export function levelOf(vct: string): Level | undefined {
  if (vct === cardTypes.light) return 'light';
  return vct === cardTypes.full ? 'full' : undefined;
}

/** One question of a DCQL query (OpenID4VP 1.0 section 6), as far as a card can answer it. */
export interface Question {
  id: string;
  vcts: string[];
  claims: { id: string | undefined; path: ClaimPath; values: unknown[] | undefined }[];
  claimSets: string[][] | undefined;
}

export function readPath(value: unknown): ClaimPath {
  const path = list(value, 'path');
  if (path.length === 0) throw new Unreadable('path');
  return path.map((part) => {
    if (part === null || typeof part === 'string') return part;
    if (typeof part === 'number' && Number.isInteger(part) && part >= 0) return part;
    throw new Unreadable('path');
  });
}

/**
 * Reads the query. Tanda's wallet answers one question with one card; a query for several cards, another
 * format or choices between credentials is reported as unsupported by throwing.
 */
export function readQuery(value: unknown): Question {
  const query = fields(value, 'dcql_query');
  const questions = list(query['credentials'], 'credentials');
  if (questions.length !== 1 || query['credential_sets'] !== undefined)
    throw new Unreadable('more than one credential');
  const question = fields(questions[0], 'credential query');
  if (question['format'] !== 'dc+sd-jwt') throw new Unreadable('format');
  const vcts = list(fields(question['meta'], 'meta')['vct_values'], 'vct_values').map((vct) =>
    text(vct, 'vct'),
  );
  if (vcts.length === 0) throw new Unreadable('vct_values');
  const claims = list(question['claims'] ?? [], 'claims').map((entry) => {
    const claim = fields(entry, 'claim');
    return {
      id: optional(claim['id'], (id) => text(id, 'id')),
      path: readPath(claim['path']),
      values: optional(claim['values'], (values) => list(values, 'values')),
    };
  });
  const claimSets = optional(question['claim_sets'], (sets) =>
    list(sets, 'claim_sets').map((set) => list(set, 'claim set').map((id) => text(id, 'id'))),
  );
  return { id: text(question['id'], 'id'), vcts, claims, claimSets };
}

/** The values that a path points at in a credential's claims; none where it leads nowhere. */
export function select(claims: unknown, path: ClaimPath): unknown[] {
  let here: unknown[] = [claims];
  for (const part of path) {
    here = here.flatMap((value) => {
      if (typeof value !== 'object' || value === null) return [];
      if (part === null) return Array.isArray(value) ? (value as unknown[]) : [];
      if (Array.isArray(value))
        return typeof part === 'number' && part < value.length ? [value[part] as unknown] : [];
      return typeof part === 'string' && Object.hasOwn(value, part)
        ? [(value as Record<string, unknown>)[part]]
        : [];
    });
  }
  return here;
}

/** The claims to show for a question: all that it names, or its first choice that the card can give. */
export function answer(question: Question, claims: unknown): ClaimPath[] | undefined {
  const gives = (claim: Question['claims'][number]): boolean => {
    const found = select(claims, claim.path);
    if (found.length === 0) return false;
    return claim.values === undefined || found.some((value) => claim.values?.includes(value));
  };
  if (question.claimSets === undefined)
    return question.claims.every(gives) ? question.claims.map((claim) => claim.path) : undefined;
  for (const set of question.claimSets) {
    const chosen = set.map((id) => question.claims.find((claim) => claim.id === id));
    if (chosen.every((claim) => claim !== undefined && gives(claim)))
      return chosen.flatMap((claim) => (claim ? [claim.path] : []));
  }
  return undefined;
}
