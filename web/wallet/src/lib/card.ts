/** A claim of the card as text; empty where the card does not hold it. */
export function claimAsText(claims: Record<string, unknown>, name: string): string {
  const value = claims[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
