import { asProblem, type Problem } from './problem';
import { stepUp, type Session } from './session';

interface Told {
  /** The sign-in after the passkey was used once more. */
  onsession: (session: Session) => void;
  onproblem: (problem: Problem) => void;
}

/** One act at a time. What stood in its way is kept; where the passkey is wanted once more, so is the act. */
export class Attempt {
  busy = $state(false);
  refused: Problem | undefined = $state.raw();
  readonly #told: Told;
  #pending: (() => Promise<void>) | undefined;

  constructor(told: Told) {
    this.#told = told;
  }

  /** Does the act, and says whether it was done. */
  async run(act: () => Promise<void>): Promise<boolean> {
    this.#pending = act;
    return this.#guarded(act);
  }

  /** Uses the passkey, and does what waits for it. */
  async fresh(): Promise<boolean> {
    return this.#guarded(async () => {
      this.#told.onsession(await stepUp());
      await this.#pending?.();
    });
  }

  /** Forgets what stood in the way. */
  clear(): void {
    this.refused = this.#pending = undefined;
  }

  async #guarded(act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.refused = undefined;
    try {
      await act();
      this.#pending = undefined;
      return true;
    } catch (error) {
      this.refused = asProblem(error);
      this.#told.onproblem(this.refused);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
