"""Colours of skin and eyes, and where hair grows."""

import numpy as np
from scipy.spatial import cKDTree

from mesh import noise, smooth, unit
from person import linear

RED = np.array([0.08, -0.10, -0.10])


def painted(base, person, surface):
    """Linear RGB of the skin at every vertex."""
    home, n = surface.home, person.seed
    q = home - base.eyes
    front = smooth(-0.9, -0.5, q[:, 2])
    mottle = 0.05 * noise(home, 3, n) + 0.035 * noise(home, 11, n + 1) + 0.03 * noise(home, 45, n + 2)
    colour = person.tone * (1 + mottle)[:, None]
    light = person.tone[0] ** 0.5
    for spot, size in (
        ((-0.42, -0.42, 0.1), 0.3),
        ((0.42, -0.42, 0.1), 0.3),
        ((0, -0.4, 0.4), 0.2),
        ((0, -1.0, 0.2), 0.2),
    ):
        colour *= 1 + near(q - spot, size)[:, None] * RED * (0.5 + 1.6 * person.ruddy) * light
    for side in "lr":
        below = (q - (base.eye[side] - base.eyes) - [0, -0.16, 0.15]) / [1.3, 0.6, 1]
        colour *= 1 - near(below, 0.16)[:, None] * [0.12, 0.16, 0.12] * (0.2 + person.age / 90 + person.paint["bags"])
    colour *= 1 - relief(base, person, q)[:, None] * [0.85, 1.0, 1.0]
    colour *= 1 - wrinkles(person, q)[:, None] * [0.8, 1.0, 1.0]
    lips = (smooth(0.15, 0.85, base.masked("lips", surface.uv)) * (q[:, 1] < -0.35))[:, None]
    made_up = max(person.lips, 0)
    lip = person.tone * (np.array([0.86, 0.56, 0.54]) + max(-person.lips, 0) * np.array([0.15, 0.5, 0.5]))
    lip = lip * (1 - made_up) + linear((158, 44, 52)) * made_up * (0.35 + 0.65 * light)
    colour = (
        colour * (1 - 0.85 * lips) + lip * 0.85 * lips * (1 + 0.06 * noise(home * [1, 0.1, 0.3], 50, n + 9))[:, None]
    )
    if person.freckles:
        spots = smooth(0.35, 0.7, noise(home, 30, n + 3)) * np.exp(-(((q[:, 1] + 0.3) / 0.4) ** 2)) * front
        colour *= 1 - (0.45 * person.freckles * spots)[:, None] * [0.7, 1, 1.1]
    for x, y in person.moles:
        colour *= 1 - (0.75 * np.exp(-((np.hypot(q[:, 0] - x, q[:, 1] - y) / 0.022) ** 2)) * front)[:, None]
    if person.shadow:
        lids = (smooth(0.2, 0.9, base.masked("eyelids", surface.uv)) * person.shadow)[:, None]
        colour = colour * (1 - 0.6 * lids) + colour * [0.45, 0.32, 0.36] * 0.6 * lids
    rim = lash_line(base, home)[:, None] * person.paint["lash"]
    colour = colour * (1 - rim) + np.array([0.03, 0.018, 0.015]) * rim
    hair = person.hair * 0.8
    for area, cover in (
        (brow(base, person, home), 0.45),
        (scalp(base, person, surface), 0.9 if person.style != "bald" else 0.3),
        (beard(base, person, surface), 0.45),
    ):
        share = (area * cover)[:, None]
        colour = colour * (1 - share) + np.minimum(hair, colour) * share
    return np.clip(colour, 0, 1)


def wrinkles(person, q):
    """How dark the lines of age are, 0 to 1: across the forehead, beside nose and eyes."""
    depth = np.clip((person.age - 26) / 40, 0, 1)
    x, y, z = q.T
    side = np.abs(x)
    wave = y + 0.03 * np.cos(5 * x) + 0.02 * noise(q, 4, person.seed + 30)
    forehead = np.cos(wave * 58) ** 8 * smooth(0.28, 0.36, y) * smooth(0.62, 0.52, y) * smooth(0.5, 0.3, side)
    along = np.clip((y + 0.32) / -0.42, 0, 1)
    fold = (
        np.exp(-(((side - 0.20 - 0.17 * along) / 0.018) ** 2))
        * smooth(-0.30, -0.36, y)
        * smooth(-0.78, -0.66, y)
        * (z > 0)
    )
    feet = (
        np.cos(np.arctan2(y - 0.0, side - 0.42) * 11) ** 6
        * smooth(0.5, 0.56, side)
        * smooth(0.70, 0.62, side)
        * (np.abs(y) < 0.16)
    )
    frown = np.exp(-(((side - 0.055) / 0.012) ** 2)) * smooth(0.12, 0.18, y) * smooth(0.36, 0.28, y)
    return depth * np.clip(0.30 * forehead + 0.38 * fold + 0.22 * feet + 0.30 * frown, 0, 0.5)


def relief(base, person, q):
    """How much darker (negative: lighter) skin is in hollows: cheeks, sockets, beside the nose, the lid's fold."""
    p, (x, y, z) = person.paint, q.T
    side = np.abs(x)
    hollow = np.exp(-(((side - 0.50) / 0.13) ** 2) - ((y + 0.52) / 0.22) ** 2)
    socket = sum(near((q - (base.eye[s] - base.eyes) - [0, 0.06, 0.1]) / [1.5, 0.8, 1], 0.17) for s in "lr")
    ridge = np.exp(-(((side - 0.11) / 0.035) ** 2)) * smooth(0.12, 0.0, y) * smooth(-0.36, -0.24, y)
    middle = base.eye["l"][0] - base.eyes[0]
    fold = (
        np.exp(-(((y - p["fold"] - 0.05 * np.cos(np.clip((side - middle) / 0.2, -1.5, 1.5))) / 0.010) ** 2))
        * smooth(0.22, 0.14, np.abs(side - middle))
        * (z > -0.4)
    )
    return np.clip(
        0.28 * p["hollow"] * hollow
        + 0.30 * p["socket"] * socket
        + 0.22 * p["ridge"] * ridge
        + 0.55 * p["crease"] * fold,
        -0.25,
        0.7,
    )


def lash_line(base, home):
    """The dark line where lashes leave the lids, 0 to 1."""
    share = np.zeros(len(home))
    for side in "lr":
        for which, strength, width in ((2, 0.95, 0.024), (1, 0.6, 0.014)):
            used = np.unique(base.quads[f"helper-{side}-eyelashes-{which}"])
            far = np.linalg.norm(base.vertices[used] - base.eye[side], axis=1)
            roots = base.vertices[used[far < np.median(far)]]
            gap = cKDTree(roots).query(home, distance_upper_bound=0.1)[0]
            share = np.maximum(share, strength * np.exp(-((gap / width) ** 2)))
    return share


def near(offset, size):
    return np.exp(-((np.linalg.norm(offset, axis=1) / size) ** 2))


def scalp(base, person, surface):
    """How thick the hair of the head grows at each vertex, 0 to 1."""
    x, y, z = (surface.home - base.eyes).T
    side = np.abs(x)
    line = (
        person.hairline
        + 0.03 * noise(surface.home, 5, person.seed + 5)
        - 0.16 * smooth(0.15, 0.6, side) * (not person.male)
    )
    line = line + (0.08 * np.exp(-(((side - 0.42) / 0.16) ** 2)) if person.male else 0)
    line = line - (0.52 if person.male else 0.0) * smooth(-0.5, -0.9, z)
    line = line - (0.45 if person.male else 0.60) * smooth(-0.95, -1.2, z) - 0.75 * smooth(-1.1, -1.45, z)
    if person.style == "bald":
        line = line + 2.0 * smooth(-0.3, -0.7, -y) * smooth(0.75, 0.6, side)
    grown = smooth(-0.03, 0.09, y - line) * (y > -0.85)
    return grown * (base.masked("ears", surface.uv) < 0.4) * (surface.home[:, 1] < 9)


def brow(base, person, home):
    """How thick the eyebrows grow, 0 to 1."""
    b, total = person.brow, 0
    front = smooth(-0.7, -0.4, home[:, 2] - base.eyes[2])
    for side in "lr":
        eye = base.eye[side]
        u = (home[:, 0] - eye[0]) * np.sign(eye[0])
        middle = b["height"] + b["tilt"] * u + 0.05 * b["arch"] * np.cos(np.clip((u - 0.06) / 0.26, -1.4, 1.4))
        width = b["thickness"] * (1 - 0.55 * smooth(0.0, 0.3, u))
        ends = smooth(-0.24 - b["gap"], -0.15 - b["gap"], u) * smooth(0.31, 0.2, u)
        total = total + np.exp(-(((home[:, 1] - eye[1] - middle) / width) ** 2)) * ends
    return np.clip(total * front * b["density"], 0, 1)


def beard(base, person, surface):
    """How thick beard and moustache grow, 0 to 1."""
    if person.beard == "none":
        return np.zeros(len(surface.home))
    x, y, z = (surface.home - base.eyes).T
    side = np.abs(x)
    lips = smooth(0.1, 0.6, base.masked("lips", surface.uv))
    moustache = np.exp(-(((y + 0.57 + 0.12 * side) / 0.06) ** 2)) * smooth(0.36, 0.28, side) * (z > 0)
    chin = smooth(0.3, 0.2, side) * smooth(-0.74, -0.84, y) * smooth(-0.45, -0.2, z)
    cheek = smooth(-0.42, -0.62, y - 0.35 * smooth(-0.5, -0.9, z) - 0.0 * side) * smooth(-1.15, -1.0, z)
    cheek = np.maximum(cheek * smooth(0.2, 0.42, side), chin) * smooth(-1.55, -1.3, y)
    area = {
        "stubble": 0.8 * np.maximum(cheek, moustache),
        "moustache": moustache,
        "goatee": np.maximum(moustache, chin),
        "full": np.maximum(cheek, moustache),
    }[person.beard]
    return np.clip(area * (1 - lips) * (base.masked("ears", surface.uv) < 0.4), 0, 1)


def eyeball(person, surface):
    """Linear RGB of an eye: white, iris with its ring, pupil."""
    home = surface.home
    offset = home - (home.max(0) + home.min(0)) / 2
    angle = np.degrees(np.arctan2(np.hypot(offset[:, 0], offset[:, 1]), offset[:, 2]))
    around = unit(offset[:, :2])
    fibre = noise(np.c_[around * 3, np.zeros(len(home))], 4, person.seed + 20)
    angle = angle / person.paint["iris"]
    white = np.array([0.74, 0.69, 0.66]) * (1 - 0.25 * smooth(35, 75, angle))[:, None] * [1, 0.97, 0.95]
    ring = 1 - 0.6 * smooth(22, 27, angle)
    iris = person.iris * ((1 + 0.35 * fibre) * ring * (1 + 0.5 * smooth(20, 13, angle)))[:, None]
    share = smooth(29.5, 26.5, angle)[:, None]
    colour = white * (1 - share) + iris * share
    return np.clip(colour * (1 - 0.97 * smooth(12.5, 10.5, angle))[:, None], 0, 1)
