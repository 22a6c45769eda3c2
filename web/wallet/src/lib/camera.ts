import { CameraError, openCamera as open, type Camera } from '@tanda/ui/camera';
import { Problem } from './problem';

export type { Camera };

const kinds = { none: 'no_camera', denied: 'camera_denied', busy: 'camera_busy' } as const;

export async function openCamera(facing: 'user' | 'environment'): Promise<Camera> {
  try {
    return await open(facing);
  } catch (error) {
    throw error instanceof CameraError ? new Problem(kinds[error.kind]) : error;
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
