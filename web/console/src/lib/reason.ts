/** The fewest characters of a reason, as the authority has it: less cannot be judged later. */
export const shortestReason = 8;

export function isShort(reason: string): boolean {
  return [...reason.trim()].length < shortestReason;
}
