import { Problem } from './problem';

/** A running camera: show it in a video element, take pictures from it, switch it off. */
export interface Camera {
  stream: MediaStream;
  stop: () => void;
}

export async function openCamera(facing: 'user' | 'environment'): Promise<Camera> {
  if (!navigator.mediaDevices?.getUserMedia) throw new Problem('no_camera');
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: facing, width: { ideal: 640 }, height: { ideal: 480 } },
    });
    return { stream, stop: () => stream.getTracks().forEach((track) => track.stop()) };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new Problem('camera_denied');
    if (name === 'NotReadableError' || name === 'AbortError') throw new Problem('camera_busy');
    throw new Problem('no_camera');
  }
}

/** Draws the video's present picture into a canvas no longer than `longest` on either side. Never mirrored. */
export function draw(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  longest: number,
): CanvasRenderingContext2D | undefined {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return undefined;
  const scale = Math.min(1, longest / Math.max(videoWidth, videoHeight));
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context ?? undefined;
}

export async function takePicture(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
): Promise<Blob | undefined> {
  if (!draw(video, canvas, 640)) return undefined;
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.88));
  return blob ?? undefined;
}

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
