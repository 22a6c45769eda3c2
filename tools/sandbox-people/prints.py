"""A presentation attack: the register's portrait, printed and held before a camera."""

import cv2
import numpy as np


def held_print(portrait, wall, seed):
    """A 640 x 480 webcam frame (RGB) of a paper print of `portrait` before `wall`
    (linear RGB): white border, halftone, flat ink, bent light, a thumb's hold."""
    rng = np.random.default_rng([seed, 0x9217])
    paper = inked(portrait, rng)
    height, width = paper.shape[:2]
    tall = rng.uniform(415, 450)
    wide = tall * width / height
    centre = np.array([320 + rng.normal(0, 10), 236 + rng.normal(0, 6)])
    corners = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]]) / 2
    lean = np.radians(rng.choice([-1, 1]) * rng.uniform(2.5, 6))
    corners = corners @ [[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]]
    corners = corners * (1 + rng.uniform(-0.03, 0.03, (4, 1))) + centre
    warp = cv2.getPerspectiveTransform(
        np.float32([[0, 0], [width, 0], [width, height], [0, height]]), np.float32(corners)
    )
    frame = (encoded(cv2.resize(wall, (640, 480), interpolation=cv2.INTER_CUBIC)) * 0.9).astype(np.float32)
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), warp, (640, 480), flags=cv2.INTER_AREA)
    shade = cv2.GaussianBlur(np.roll(cover, (6, 8), (0, 1)), (0, 0), 9)[:, :, None]
    frame *= 1 - 0.45 * shade
    sheet = cv2.warpPerspective(paper, warp, (640, 480), flags=cv2.INTER_AREA)
    x, y = np.meshgrid(np.linspace(-1, 1, 640), np.linspace(-1, 1, 480))
    bend = 1 + 0.10 * np.sin(2.2 * x + rng.uniform(0, 6)) - 0.06 * y
    sheet *= bend[:, :, None].astype(np.float32)
    gx, gy, turn = rng.uniform(-0.35, 0.35), rng.uniform(-0.5, 0.3), rng.uniform(0.4, 1.2)
    glare = np.exp(-((((x - gx) * np.cos(turn) + (y - gy) * np.sin(turn)) / 0.16) ** 2) - ((y - gy) / 0.7) ** 2)
    sheet += (70 * glare)[:, :, None]
    frame = frame * (1 - cover[:, :, None]) + sheet * cover[:, :, None]
    frame = thumb(frame, centre + [rng.choice([-1, 1]) * wide * 0.36, tall * 0.50], rng)
    frame = cv2.GaussianBlur(frame, (0, 0), 0.8) + rng.normal(0, 2.2, frame.shape)
    return np.clip(frame, 0, 255).astype(np.uint8)


def inked(portrait, rng):
    """The portrait as ink on paper (float RGB), with a margin: fewer tones, a colour cast, halftone dots."""
    image = portrait.astype(np.float32)
    grey = image.mean(2, keepdims=True)
    image = 52 + (image * 0.72 + grey * 0.28) * 0.70
    image *= np.array([0.99, 1.0, 1.05], np.float32)
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    for channel, degrees in enumerate((15, 75, 45)):
        a = np.radians(degrees)
        dots = np.cos(1.5 * (x * np.cos(a) + y * np.sin(a))) * np.cos(1.5 * (y * np.cos(a) - x * np.sin(a)))
        image[:, :, channel] += 13 * dots
    image += 3 * np.sin(y / 2.1)[:, :, None]
    margin = 34
    sheet = np.full((height + 2 * margin, width + 2 * margin, 3), (214, 213, 207), np.float32)
    sheet[margin:-margin, margin:-margin] = image
    return sheet + cv2.GaussianBlur(rng.normal(0, 6, sheet.shape[:2]), (0, 0), 1.2)[:, :, None].astype(np.float32)


def thumb(frame, place, rng):
    """The tip of a thumb over the paper's lower edge."""
    mask = np.zeros(frame.shape[:2], np.float32)
    tip = tuple(int(v) for v in place)
    cv2.ellipse(mask, (tip[0], tip[1] + 26), (21, 50), float(rng.uniform(-15, 15)), 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.5)
    round_light = cv2.GaussianBlur(mask, (0, 0), 9)
    skin = np.array([178, 128, 104], np.float32) * (0.55 + 0.45 * round_light[:, :, None])
    return frame * (1 - mask[:, :, None]) + skin * mask[:, :, None]


def encoded(light):
    """Linear light as sRGB values 0 to 255."""
    x = np.clip(light, 0, 1)
    return 255 * np.where(x <= 0.0031308, x * 12.92, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
