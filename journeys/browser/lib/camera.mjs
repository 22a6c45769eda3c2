// A test camera: in place of the machine's camera the page gets a canvas with pictures drawn by this file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './browser.mjs';

/** Which of a person's pictures answers which step of the challenge. */
const shots = {
  look_straight: 'front',
  turn_left: 'left',
  turn_right: 'right',
  close_eyes: 'closed',
};

const asUrl = (bytes, type) => `data:${type};base64,${bytes.toString('base64')}`;

/** The pictures of a sandbox person by step. `only` shows one picture whatever the page asks. */
export function person(number, only) {
  const read = (shot) =>
    asUrl(readFileSync(join(root, 'sandbox/people', number, `${shot}.jpg`)), 'image/jpeg');
  return Object.fromEntries(Object.entries(shots).map(([step, shot]) => [step, read(only ?? shot)]));
}

/**
 * Puts the test camera into every page of the context. `pictures` answer the steps that the page shows, `reaction`
 * milliseconds after it shows them.
 */
export async function testCamera(context, pictures, reaction = 0) {
  const init = ([given, delay]) => {
    const loaded = {};
    const load = (name, url) => {
      const image = new Image();
      image.src = url;
      loaded[name] = image;
    };
    for (const [step, url] of Object.entries(given)) load(step, url);
    let told = { step: 'look_straight', at: 0 };
    let done = told.step;
    /** The step that the person in the picture is at: the one that was asked for, a little later. */
    const posture = () => {
      const step = document.querySelector('[data-step]')?.dataset.step ?? 'look_straight';
      if (step !== told.step) told = { step, at: performance.now() };
      if (performance.now() - told.at >= delay) done = step;
      return done;
    };
    globalThis.testCamera = {
      label: 'test camera',
      show: (url) => load('scene', url),
    };
    const getUserMedia = async ({ video }) => {
      const front = video.facingMode === 'user';
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = front ? [640, 480] : [900, 900];
      const context2d = canvas.getContext('2d');
      let frame = 0;
      const draw = () => {
        const image = front ? loaded[posture()] : loaded.scene;
        frame += 1;
        context2d.fillStyle = '#777';
        context2d.fillRect(0, 0, canvas.width, canvas.height);
        // A hand is never quite still.
        const [x, y] = [Math.round(2 * Math.sin(frame / 3)), Math.round(2 * Math.cos(frame / 4))];
        if (image?.complete && image.naturalWidth > 0)
          context2d.drawImage(image, x, y, canvas.width, canvas.height);
      };
      draw();
      const timer = setInterval(draw, 66);
      const stream = canvas.captureStream(15);
      for (const track of stream.getTracks()) track.addEventListener('ended', () => clearInterval(timer));
      return stream;
    };
    Object.defineProperty(navigator.mediaDevices, 'getUserMedia', {
      value: getUserMedia,
    });
  };
  await context.addInitScript(init, [pictures, reaction]);
}

/** Holds a picture (PNG) before the test camera. */
export function hold(page, png) {
  return page.evaluate((url) => globalThis.testCamera.show(url), asUrl(png, 'image/png'));
}
