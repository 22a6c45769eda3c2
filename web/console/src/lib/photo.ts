import { Problem } from './problem';

/** The longer side of a photo that is sent, in pixels: what the register keeps of it is smaller. */
const side = 1200;
/** What the server takes, as base64, leaves room for so many bytes. */
const mostBytes = 700_000;

function asJpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Problem('photo_unusable'))),
      'image/jpeg',
      quality,
    );
  });
}

function asUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Problem('photo_unusable'));
    reader.readAsDataURL(blob);
  });
}

/** A picture file as a JPEG small enough to be sent, upright. */
export async function shrunk(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Problem('photo_unusable');
  });
  try {
    return await fitted(picture, picture.width, picture.height);
  } finally {
    picture.close();
  }
}

/** What a camera shows at this moment, likewise. Never mirrored. */
export async function photoOf(video: HTMLVideoElement): Promise<string> {
  return asUrl(await fitted(video, video.videoWidth, video.videoHeight));
}

async function fitted(picture: CanvasImageSource, width: number, height: number): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  for (const quality of [0.92, 0.8, 0.6]) {
    const jpeg = await asJpeg(canvas, quality);
    if (jpeg.size <= mostBytes) return jpeg;
  }
  throw new Problem('photo_unusable');
}

/** The same as a `data:` URL. */
export async function readPhoto(file: Blob): Promise<string> {
  return asUrl(await shrunk(file));
}
