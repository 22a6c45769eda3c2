"""The photographs that are taken of every person."""

import cv2
import numpy as np

from scene import Shot

# Head turns, as shares of the full one, are to the person's own left; images are not mirrored.
LIVE = {
    "front": {},
    "half-left": {"yaw": 0.55},
    "left": {"yaw": 1.0},
    "half-right": {"yaw": -0.55},
    "right": {"yaw": -1.0},
    "closed": {"expression": {"eyeBlink": 0.95}},
}


def portrait():
    """As a register keeps it: neutral, frontal, evenly lit, a plain wall."""
    return Shot()


def live(person, name, turned=(23.0, 23.0)):
    """As a laptop's or phone's camera sees the person at home: other light, clothes and wall."""
    rng = np.random.default_rng([person.room, 0x11FE])
    warm = rng.uniform(0.0, 1.0)
    side = rng.choice([-1, 1])
    colour = np.array([1.0, 0.97 - 0.06 * warm, 0.94 - 0.17 * warm])
    place = (side * rng.uniform(2.0, 4.0), rng.uniform(1.5, 3.5), rng.uniform(4.5, 6.0))
    how = dict(LIVE[name])
    yaw = how.pop("yaw", 0.0)
    yaw *= turned[0] if yaw > 0 else turned[1]
    tilt, nod = rng.normal(0, 1.2), rng.normal(1.0, 1.2)
    return Shot(
        size=(640, 480),
        yaw=yaw + rng.normal(0, 1.0),
        pitch=nod,
        roll=tilt,
        field_of_view=42.0,
        near=6.6,
        aim=(rng.normal(0, 0.12), -0.25 + rng.normal(0, 0.06), 0.0),
        camera=(rng.normal(0, 0.25), rng.uniform(-0.5, 0.35)),
        key=(place, tuple(colour * rng.uniform(6.0, 7.5))),
        fill=((-side * 4.5, 0.8, 5.5), tuple(np.array([0.93, 0.97, 1.0]) * rng.uniform(1.4, 2.4))),
        ambient=tuple(np.array([1.0, 0.97, 0.94]) * rng.uniform(0.26, 0.34)),
        wall=room(rng),
        shirt=tuple(rng.uniform(0.03, 0.45, 3)),
        exposure=1.0,
        grain=1.6,
        soften=0.5,
        **how,
    )


def room(rng):
    """A wall out of focus, with a few pictures, shelves or a door: linear RGB, 240 x 320."""
    base = np.array([0.50, 0.47, 0.43]) * rng.uniform(0.7, 1.15) * (1 + rng.normal(0, 0.06, 3))
    wall = np.ones((240, 320, 3)) * base
    wall *= np.linspace(rng.uniform(0.75, 1.0), rng.uniform(0.85, 1.15), 320)[None, :, None]
    for _ in range(rng.integers(2, 6)):
        left, top = rng.integers(-20, 300), rng.integers(20, 190)
        wide, high = rng.integers(20, 80), rng.integers(20, 90)
        colour = rng.uniform(0.03, 0.55) * (1 + rng.normal(0, 0.2, 3))
        wall[max(top, 0) : top + high, max(left, 0) : max(left + wide, 0)] = np.clip(colour, 0.02, 0.8)
        if rng.random() < 0.5:
            inner = np.s_[max(top + 4, 0) : top + high - 4, max(left + 4, 0) : max(left + wide - 4, 0)]
            wall[inner] = np.clip(rng.uniform(0.1, 0.7, 3), 0.02, 0.8)
    if rng.random() < 0.5:
        wall[int(rng.integers(170, 200)) :] *= 0.55
    return np.ascontiguousarray(np.clip(cv2.GaussianBlur(wall, (0, 0), rng.uniform(2.0, 4.0)), 0.01, 0.95), np.float32)
