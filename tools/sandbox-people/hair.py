"""Strands: hair of the head, brows, lashes and beard, grown on a shaped head.

A strand is a row of control points. A few hundred guides are grown step by
step around the head; every other strand follows its nearest guides.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

import skin
from mesh import unit

STEPS = 9


@dataclass
class Tuft:
    """Strands that share a colour: `points` are strands x steps x 3, `width` the radius at the root."""

    points: np.ndarray
    width: float
    colour: np.ndarray


@dataclass
class Cut:
    """How a style grows: `lift` off the skin, `comb` along it (a function of the
    root's place about the head's middle), `fall` by weight, `length` likewise
    a function, the `volume` the layer has, and how it clings to the head."""

    lift: float
    comb: object
    fall: float
    length: object
    volume: float
    wave: float = 0.0
    cling: float = 0.7


def of_the_head(base, person, surface, fullness):
    """The hair of the head; `fullness` (0 to 1) thins it for quick looks."""
    rng = np.random.default_rng([person.seed, 0x4A18])
    weight = skin.scalp(base, person, surface)
    cut = style(person)
    count = int(cut_count(person) * fullness)
    middle = base.eyes + [0, 0.25, -0.85]
    guides = grown(base, surface, cut, rng, surface.scatter(rng, 500, weight), middle)
    roots, normals, home = surface.scatter(rng, count, weight)
    sided = lambda at: np.c_[at, np.where(at[:, 0] > person.part, 1.0, -1.0)]
    far, which = cKDTree(sided(guides[:, 0])).query(sided(roots), k=3)
    share = 1 / (far + 0.02)
    share /= share.sum(1, keepdims=True)
    bend = guides - guides[:, :1]
    strands = roots[:, None] + (bend[which] * share[:, :, None, None]).sum(1)
    place = np.linspace(0, 1, STEPS)[None, :, None]
    height = rng.uniform(0, 1, (count, 1, 1)) ** 1.5 * cut.volume * person_volume(person)
    strands = strands + normals[:, None] * height * np.sqrt(place)
    strands = strands + rng.normal(0, 0.035, (count, 1, 3)) * place
    if cut.wave:
        turns = rng.uniform(0, 6.28, (count, 1)) + np.linspace(0, 9 * cut.wave, STEPS)[None] + 5 * roots[:, :1]
        sway = np.stack([np.cos(turns), 0.4 * np.sin(2 * turns), np.sin(turns)], 2)
        strands = strands + sway * 0.055 * cut.wave * np.sqrt(place)
    strands = strands[:, :1] + (strands - strands[:, :1]) * rng.uniform(0.72, 1.0, (count, 1, 1))
    strands = outside(surface, strands, 0.012)
    strands = trimmed(base, strands)
    width = 0.0048 / max(fullness, 0.05) ** 0.5
    tints = np.array_split(rng.permutation(count), 3)
    return [
        Tuft(strands[part], width, np.clip(person.hair * tint, 0, 1)) for part, tint in zip(tints, (0.75, 1.0, 1.3))
    ]


def of_the_face(base, person, surface, fullness):
    """Brows and beard."""
    rng = np.random.default_rng([person.seed, 0x4A19])
    return brows(base, person, surface, fullness, rng) + beard(base, person, surface, fullness, rng)


def cut_count(person):
    return {"buzz": 30000, "bald": 16000, "crop": 32000}.get(person.style, 30000)


def person_volume(person):
    return 0.8 + 0.5 * person.length


def style(person):
    part, stretch = person.part, 0.8 + 0.4 * person.length

    def away(q, back, down):
        side = np.tanh((q[:, 0] - part) * 40)
        top = np.clip(q[:, 1] / 0.9, 0, 1)
        return np.stack([side * (0.35 + 0.65 * top), -down * (1 - top) - 0.1, -back * np.ones(len(q))], 1)

    def forward(q):
        top = np.clip(q[:, 1] / 0.8, 0, 1)
        return np.stack([0.3 * part * np.ones(len(q)), -0.9 * (1 - top), 0.9 * top], 1)

    def swept(q):
        top = np.clip(q[:, 1] / 0.7, 0, 1)
        return np.stack([-np.sign(part + 1e-3) * top, -0.9 * (1 - top), -0.25 * top], 1)

    def backward(q):
        return np.stack([0.1 * q[:, 0], 0.15 - 0.3 * (q[:, 1] < 0.2), -np.ones(len(q))], 1)

    def behind(q):
        return np.array([0, 0.15, -1.35]) - q

    def fixed(length):
        return lambda q: np.full(len(q), length * stretch)

    def tapered(top, sides):
        return lambda q: (sides + (top - sides) * np.clip((q[:, 1] - 0.15) / 0.4, 0, 1)) * stretch

    def with_fringe(comb):
        def combed(q):
            direction = comb(q)
            if person.fringe:
                front = (q[:, 2] > 0.5) & (np.abs(q[:, 0]) < 0.5)
                direction[front] = [0.0, -0.55, 1.0] + q[front] * [0.5, 0, 0]
            return direction

        return combed

    def but_fringe(length):
        def cut(q):
            long = length(q)
            return np.where(person.fringe & (q[:, 2] > 0.5) & (np.abs(q[:, 0]) < 0.5), 0.40, long)

        return cut

    curl = person.curl
    return {
        "buzz": lambda: Cut(0.8, forward, 0.0, fixed(0.07), 0.02),
        "bald": lambda: Cut(0.5, forward, 0.1, fixed(0.10), 0.02),
        "crop": lambda: Cut(0.7, forward, 0.1, tapered(0.26, 0.12), 0.06, curl * 0.4),
        "side": lambda: Cut(0.65, swept, 0.15, tapered(0.62, 0.16), 0.10, curl * 0.4),
        "fringe": lambda: Cut(0.35, forward, 0.35, tapered(0.5, 0.3), 0.08, curl * 0.4),
        "back": lambda: Cut(0.4, backward, 0.05, tapered(0.75, 0.3), 0.10, curl * 0.4),
        "curls": lambda: Cut(1.0, backward, 0.15, tapered(0.42, 0.3 if person.male else 0.5), 0.22, 1.0, 0.0),
        "tied": lambda: Cut(0.12, behind, 0.0, lambda q: np.linalg.norm(behind(q), axis=1) * 0.95, 0.04),
        "bob": lambda: Cut(
            0.3, with_fringe(lambda q: away(q, 0.25, 1.0)), 0.7, but_fringe(fixed(1.3)), 0.10, curl * 0.6
        ),
        "long": lambda: Cut(
            0.25, with_fringe(lambda q: away(q, 0.3, 1.0)), 0.8, but_fringe(fixed(2.2)), 0.09, curl * 0.7
        ),
    }[person.style]()


def grown(base, surface, cut, rng, scattered, middle):
    """Guides: each step leans on the last, on the comb and on weight, and stays off the head."""
    roots, normals, home = scattered
    q = home - middle
    comb, step = unit(cut.comb(q)), (cut.length(q) / (STEPS - 1))[:, None]
    tree, skin_normals = surface.tree, surface.normals
    direction = unit(normals * cut.lift + along(comb, normals))
    points, at, normal = [roots], roots, normals
    for k in range(1, STEPS):
        at = at + direction * step
        far, nearest = tree.query(at)
        normal = skin_normals[nearest]
        above = ((at - surface.at[nearest]) * normal).sum(1)
        held = (at[:, 1] > base.eyes[1] - 0.2) * cut.cling
        at = (
            at
            + normal * np.where(far < 0.4, np.maximum(0.03 - above, 0) - held * np.maximum(above - 0.07, 0), 0)[:, None]
        )
        at = tidy(base, clear_of_face(base, at), cut)
        points.append(at)
        weight = cut.fall * k / STEPS * 2.2
        pulled = along(unit(cut.comb(q)), normal) * 0.5 * max(0, 1 - weight)
        direction = unit(unit(at - points[-2]) * 0.9 + pulled + np.array([0, -weight, 0]))
    return np.stack(points, 1)


def before_face(base, points):
    """Whether points hang before eyes, nose or cheeks."""
    q = (points - (base.eyes + [0, -0.5, 0.1])) / [0.62, 0.74, 0.9]
    return (np.linalg.norm(q, axis=-1) < 1) & (q[..., 2] > -0.25)


def trimmed(base, strands):
    """Strands cut short where they would hang before the face."""
    hanging = before_face(base, strands)
    hanging[:, -1] |= ~hanging.any(1)
    first = np.argmax(hanging, 1)
    kept = np.where(before_face(base, strands).any(1), np.maximum(first - 0.5, 0.5), STEPS - 1)
    place = kept[:, None] * np.linspace(0, 1, STEPS)[None]
    low = np.minimum(place.astype(int), STEPS - 2)
    row = np.arange(len(strands))[:, None]
    return strands[row, low] + (place - low)[:, :, None] * (strands[row, low + 1] - strands[row, low])


def tidy(base, at, cut):
    """Falling hair held to an upright column about the head, so that it does not fly."""
    if not cut.cling:
        return at
    q = at - [0, 0, base.eyes[2] - 0.75]
    round_about = np.hypot(q[:, 0], q[:, 2] * 0.9)
    held = np.where(at[:, 1] < base.eyes[1] + 0.75, np.minimum(1, 0.98 / np.maximum(round_about, 1e-6)), 1)
    return at + q * [1, 0, 1] * (held - 1)[:, None] * 0.8


def outside(surface, strands, clearance):
    """Strands lifted off the skin wherever they would run through it; roots stay."""
    free = strands[:, 2:].reshape(-1, 3)
    far, nearest = surface.tree.query(free)
    normal = surface.normals[nearest]
    above = ((free - surface.at[nearest]) * normal).sum(1)
    lift = np.where(far < 0.25, np.maximum(clearance - above, 0), 0)
    free = free + normal * lift[:, None]
    return np.concatenate([strands[:, :2], free.reshape(len(strands), -1, 3)], 1)


def along(direction, normals):
    """The part of each direction that runs along the skin."""
    return direction - normals * (direction * normals).sum(1, keepdims=True)


def clear_of_face(base, at):
    """Points pushed sideways out of a rounded space before the face."""
    q = (at - (base.eyes + [0, -0.25, 0.15])) / [0.72, 0.85, 0.8]
    inside = (np.linalg.norm(q, axis=1) < 1) & (q[:, 2] > -0.2)
    side = np.sqrt(np.clip(1 - q[:, 1] ** 2 - np.maximum(q[:, 2], 0) ** 2, 0, 1))
    moved = at.copy()
    moved[:, 0] = np.where(inside, np.sign(at[:, 0] + 1e-6) * np.maximum(side * 0.72, np.abs(at[:, 0])), at[:, 0])
    return moved


def brows(base, person, surface, fullness, rng):
    weight = skin.brow(base, person, surface.home)
    count = int((250 + 550 * person.brow["density"]) * max(fullness, 0.8))
    roots, normals, home = surface.scatter(rng, count, np.where(weight > 0.12, weight, 0))
    outward = np.sign(home[:, :1]) * [1, 0, 0]
    inner = np.clip(1 - (np.abs(home[:, :1]) - 0.1) / 0.25, 0, 1)
    direction = unit(outward + inner * [0, 1.1, 0] + [0, 0.1, 0] + normals * 0.15 + rng.normal(0, 0.14, (count, 3)))
    strands = straight(roots, direction, rng.uniform(0.05, 0.10, count), normals)
    return [Tuft(strands, 0.0030, np.clip(person.hair * person.brow["tint"], 0, 1))]


def beard(base, person, surface, fullness, rng):
    if person.beard == "none":
        return []
    weight = skin.beard(base, person, surface)
    long = {"stubble": 0.03, "moustache": 0.10, "goatee": 0.14, "full": 0.14 + 0.12 * person.length}[person.beard]
    count = int({"stubble": 7000, "moustache": 1800, "goatee": 3000, "full": 11000}[person.beard] * max(fullness, 0.7))
    roots, normals, home = surface.scatter(rng, count, np.where(weight > 0.15, weight**2, 0))
    outward = np.sign(home[:, :1]) * [0.35, 0, 0]
    direction = unit(outward + [0, -1, 0.1] + normals * 0.45 + rng.normal(0, 0.25, (count, 3)))
    strands = straight(roots, direction, rng.uniform(0.6, 1.1, count) * long, normals)
    return [Tuft(strands, 0.0045, np.clip(person.hair * 0.9, 0, 1))]


def lashes(base, at):
    """Lash strands on both eyes: from the lid's rim outwards, longer above than below."""
    made = []
    for side in "lr":
        middle = base.eye[side]
        for which, count, share in ((2, 80, 0.75), (1, 50, 0.4)):
            used = np.unique(base.quads[f"helper-{side}-eyelashes-{which}"])
            far = np.linalg.norm(base.vertices[used] - middle, axis=1)
            across = base.vertices[used, 0] - middle[0]
            bins = np.clip(((across - across.min()) / np.ptp(across) * 9).astype(int), 0, 8)
            columns = [np.flatnonzero(bins == k) for k in range(9) if (bins == k).sum() > 1]
            root = np.array([at[used[c[far[c].argmin()]]] for c in columns])
            tip = np.array([at[used[c[far[c].argmax()]]] for c in columns])
            knots = np.arange(len(columns))
            t = np.linspace(0, knots[-1], count)
            start, end = (np.stack([np.interp(t, knots, p[:, k]) for k in range(3)], 1) for p in (root, tip))
            made.append(start[:, None] + np.linspace(-0.1, share, 4)[None, :, None] * (end - start)[:, None])
    return [Tuft(np.concatenate(made), 0.0055, np.array([0.008, 0.006, 0.006]))]


def straight(roots, direction, length, normals):
    """Short strands of four points that bend to lie down."""
    place = np.linspace(-0.15, 1, 4)[None, :, None]
    lie = along(direction, normals) - normals * 0.15
    return (
        roots[:, None]
        + direction[:, None] * length[:, None, None] * place
        + lie[:, None] * length[:, None, None] * 0.3 * place**2
    )
