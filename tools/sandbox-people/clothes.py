"""A shirt around the shoulders, its neckband, and glasses."""

import numpy as np

from hair import Tuft
from mesh import Surface, smooth


def below_neckline(base, collar, home):
    """Height over the neckline (negative: covered); `collar` 0 is a round neck, 1 a deep one."""
    front = smooth(-0.4, 0.7, home[:, 2] - base.neck[2])
    middle = np.exp(-((home[:, 0] / 0.35) ** 2))
    return home[:, 1] - (base.neck[1] + 0.02 - 0.30 * front - 0.30 * collar * front * middle)


def shirt(base, at, collar, levels):
    """The shirt as a surface, its edge laid exactly on the neckline, and the neckband's path."""
    quads = base.quads["body"]
    corner = base.vertices[quads]
    quads = quads[
        (corner[:, :, 1].min(1) > base.neck[1] - 3.2)
        & (np.abs(corner[:, :, 0]).max(1) < 3.2)
        & (corner[:, :, 1].max(1) < base.neck[1] + 0.8)
    ]
    cloth = Surface.of(base, at, quads, levels)
    cloth = Surface(cloth.at + cloth.normals * 0.035, cloth.home, cloth.uv, cloth.quads)
    high = below_neckline(base, collar, cloth.home)
    cloth = Surface(cloth.at, cloth.home, cloth.uv, cloth.quads[(high[cloth.quads] < 0).any(1)])
    edges = np.concatenate([np.stack([cloth.quads[:, k], cloth.quads[:, k - 1]], 1) for k in range(4)])
    edges = np.concatenate([edges, edges[:, ::-1]])
    out, inside = edges[(high[edges[:, 0]] >= 0) & (high[edges[:, 1]] < 0)].T
    t = (high[out] / (high[out] - high[inside]))[:, None]
    total, count = np.zeros_like(cloth.at), np.zeros((len(cloth.at), 1))
    np.add.at(total, out, cloth.at[out] + t * (cloth.at[inside] - cloth.at[out]))
    np.add.at(count, out, 1)
    moved = count[:, 0] > 0
    cloth.at[moved] = total[moved] / count[moved]
    rim = cloth.at[moved]
    angle = np.arctan2(rim[:, 0], rim[:, 2] - base.neck[2])
    turns = np.linspace(-np.pi, np.pi, 49)[:-1]
    gap = np.abs((angle[None] - turns[:, None] + np.pi) % (2 * np.pi) - np.pi)
    near = np.exp(-((gap / 0.12) ** 2))
    return cloth, near @ rim / near.sum(1, keepdims=True)


def band(path, colour):
    """A closed tube along a path."""
    return Tuft(np.concatenate([path, path[:1]])[None], 0.035, colour)


def glasses(base, at, style):
    """Rims, bridge and sides of a pair of glasses."""
    angle = np.linspace(0, 2 * np.pi, 33)[:-1]
    power = 2 / style["square"]
    cos, sin = np.cos(angle), np.sin(angle)
    ring = np.stack(
        [
            style["wide"] * np.sign(cos) * np.abs(cos) ** power,
            style["high"] * np.sign(sin) * np.abs(sin) ** power,
            -0.12 * (cos > 0) * cos**2,
        ],
        1,
    )
    front = max(at[np.unique(base.quads[f"helper-{s}-eyelashes-2"])][:, 2].max() for s in "lr") + 0.10
    curves = []
    for side, sign in (("l", 1), ("r", -1)):
        eye = base.centre(at, f"joint-{side}-eye")
        middle = np.array([eye[0] + 0.035 * sign, eye[1] - 0.04, front])
        path = middle + ring * [sign, 1, 1]
        curves.append(np.concatenate([path, path[:1]]))
        outer, ear = (
            middle + [style["wide"] * sign, 0.06, -0.12],
            np.array([0.77 * sign, eye[1] + 0.02, base.eyes[2] - 1.0]),
        )
        wide = max(abs(outer[0]), 0.74) * sign
        curves.append(
            np.array(
                [
                    outer,
                    outer,
                    [wide, outer[1], outer[2] - 0.10],
                    [0.79 * sign, eye[1] + 0.05, base.eyes[2] - 0.6],
                    ear,
                    ear,
                ]
            )
        )
    left, right = curves[0].mean(0), curves[2].mean(0)
    inner = style["wide"] - 0.01
    a, b = left - [inner, -0.05, 0], right + [inner, 0.05, 0]
    curves.append(np.array([a, a, (a + b) / 2 + [0, 0.03, 0.05], b, b]))
    return [Tuft(c[None], style["rim"], style["colour"]) for c in curves]
