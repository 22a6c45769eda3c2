/** Why there is no picture from a camera. */
export class CameraError extends Error {
  constructor(readonly kind: 'none' | 'denied' | 'busy') {
    super(kind);
    this.name = 'CameraError';
  }
}

/** A running camera: show it in a video element, take pictures from it, switch it off. */
export interface Camera {
  stream: MediaStream;
  stop: () => void;
}

/** Opens a camera that looks at the person in front of it (`user`) or away from them. */
export async function openCamera(
  facing: 'user' | 'environment',
  ideal: { width: number; height: number } = { width: 640, height: 480 },
): Promise<Camera> {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('none');
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: facing, width: { ideal: ideal.width }, height: { ideal: ideal.height } },
    });
    return { stream, stop: () => stream.getTracks().forEach((track) => track.stop()) };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new CameraError('denied');
    if (name === 'NotReadableError' || name === 'AbortError') throw new CameraError('busy');
    throw new CameraError('none');
  }
}
