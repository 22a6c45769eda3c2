import { fields, text } from '@tanda/ui/read';

/** A link to the authority that reads a card, and who carries between the two. */
export interface Relay {
  link: string;
  /** `reader`: the program at this counter. `hand`: nobody yet. `none`: the program could not. */
  by: 'reader' | 'hand' | 'none';
}

/** Where the program of this counter's card reader waits for links: `tanda reader --wait`. */
const place = 'http://127.0.0.1:8610';

/** Whether a reader waits at this machine. */
export async function readerWaits(): Promise<boolean> {
  try {
    const answer = await fetch(`${place}/`, { cache: 'no-store', signal: AbortSignal.timeout(1_500) });
    return answer.ok;
  } catch {
    return false;
  }
}

/**
 * Hands a relay's link to the reader, which waits until a card lies on it and forwards until the authority
 * has read it. Says whether there was a dialogue; what came of it, the authority tells.
 */
export async function carry(relay: string): Promise<boolean> {
  try {
    const answer = await fetch(`${place}/read`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ relay }),
      cache: 'no-store',
    });
    if (!answer.ok) return false;
    text(fields(await answer.json(), 'reading')['ended'], 'ended');
    return true;
  } catch {
    return false;
  }
}
