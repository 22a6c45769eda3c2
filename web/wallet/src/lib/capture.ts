/** The live capture as the authority leads it: what is asked now, how far it is, and what keeps it from going on. */

export type Step = 'look_straight' | 'turn_left' | 'turn_right' | 'close_eyes';

export type Guidance =
  | 'good'
  | 'no_face'
  | 'two_faces'
  | 'too_far'
  | 'too_near'
  | 'off_centre'
  | 'too_dark'
  | 'too_bright'
  | 'blurred'
  | 'turn_left'
  | 'turn_right'
  | 'close_eyes'
  | 'look_straight'
  | 'hold_still';

export interface FrameAnswer {
  guidance: Guidance;
  accepted: boolean;
  done: number;
  total: number;
  step: Step | null;
}

export type Capture =
  | {
      phase: 'capturing';
      step: Step;
      done: number;
      total: number;
      guidance: Guidance;
      failures: number;
      slow: boolean;
    }
  | { phase: 'captured'; total: number }
  | { phase: 'interrupted'; step: Step; done: number; total: number }
  | { phase: 'over' };

export type CaptureEvent =
  | { kind: 'answered'; answer: FrameAnswer; asked: number; seconds: number }
  | { kind: 'failed' }
  | { kind: 'resumed' }
  | { kind: 'expired' };

/** So many frames may go missing in a row before the page stops and says so. */
export const failuresBorne = 5;
/** From so many seconds for one frame on the page says that it is slow. */
export const slowSeconds = 3;

export function begin(step: Step, total: number, done = 0): Capture {
  return { phase: 'capturing', step, done, total, guidance: step, failures: 0, slow: false };
}

/** What follows from an event. An answer to a frame of a step that is already behind us changes nothing. */
export function follow(capture: Capture, event: CaptureEvent): Capture {
  if (capture.phase === 'captured' || capture.phase === 'over') return capture;
  if (event.kind === 'expired') return { phase: 'over' };
  if (event.kind === 'resumed') return capture.phase === 'interrupted' ? restart(capture) : capture;
  if (capture.phase === 'interrupted') return capture;
  if (event.kind === 'failed') {
    const failures = capture.failures + 1;
    if (failures < failuresBorne) return { ...capture, failures };
    return { phase: 'interrupted', step: capture.step, done: capture.done, total: capture.total };
  }
  const { answer } = event;
  if (event.asked !== capture.done) return capture;
  if (answer.done >= answer.total || answer.step === null) return { phase: 'captured', total: answer.total };
  const next = { failures: 0, slow: event.seconds > slowSeconds, total: answer.total };
  if (answer.done > capture.done)
    return { ...capture, ...next, step: answer.step, done: answer.done, guidance: answer.step };
  return { ...capture, ...next, step: answer.step, guidance: answer.guidance };
}

function restart(capture: Extract<Capture, { phase: 'interrupted' }>): Capture {
  return begin(capture.step, capture.total, capture.done);
}
