"""One step from a person to another like them, for climbing towards the corners of what is believable."""

import numpy as np

# Habits of the resting face and how far each may go, by face unit.
MIEN = {
    "browDown": 0.40,
    "browOuterUp": 0.45,
    "cheekSquint": 0.40,
    "mouthDimple": 0.50,
    "mouthFrown": 0.40,
    "mouthPress": 0.45,
    "mouthSmile": 0.45,
    "mouthStretch": 0.35,
    "mouthUpperUp": 0.20,
    "noseSneer": 0.25,
}
FURTHER = 1.1  # how far, in the limits of a drawn shape, steps may lead
THIN = 0.012  # decimetres: rims above this hide closed eyes from the eye model


def stepped(made, other, axes, rng):
    """Move a few of the shape's axes some way, and now and then a single trait towards another person of
    the same sex. `axes` are the shape's opposite targets with their limits."""
    made.shape = moved(summed(made.shape), axes, rng)
    share = rng.uniform(0, 0.8) if rng.random() < 0.08 else 0.0
    made.ancestry = made.ancestry * (1 - share) + other.ancestry * share
    made.tone = made.tone * (1 - share) + other.tone * share
    if rng.random() < 0.12:
        made.weight = float(np.clip(made.weight + rng.normal(0, 0.5), -1.0, 1.0))
    if rng.random() < 0.12:
        made.age = int(np.clip(made.age + rng.normal(0, 9), 46 if made.grey else 19, 76))
    for trait in ("brow", "paint"):
        mine, theirs = getattr(made, trait), getattr(other, trait)
        setattr(made, trait, {k: towards(v, theirs[k], rng) for k, v in mine.items()})
    for trait in ("awake", "lips", "ruddy", "shadow"):
        setattr(made, trait, towards(getattr(made, trait), getattr(other, trait), rng))
    if rng.random() < 0.15:
        unit = list(MIEN)[rng.integers(len(MIEN))]
        made.mien = made.mien | {unit: rng.uniform(0, MIEN[unit])}
    alike = abs(made.tone[0] - other.tone[0]) < 0.2 and (made.age > 46 or not other.grey)
    for traits, chance in (
        (("style", "part", "hairline", "fringe", "curl", "length"), 0.06),
        (("hair", "grey", "iris"), 0.06 * alike),
        (("beard",), 0.06),
        (("freckles", "moles"), 0.04),
        (("glasses",), 0.03 * (other.glasses is None or other.glasses["rim"] <= THIN)),
    ):
        if rng.random() < chance:
            for trait in traits:
                setattr(made, trait, getattr(other, trait))


def towards(mine, theirs, rng):
    """As it was, or part of the way to (or past) somebody else's."""
    return mine + (theirs - mine) * rng.uniform(0.4, 1.1) if rng.random() < 0.08 else mine


def summed(shape):
    weights = {}
    for path, weight in shape:
        weights[path] = weights.get(path, 0.0) + weight
    return weights


def moved(weights, axes, rng):
    for paths, limit in axes:
        if rng.random() > 0.07:
            continue
        if len(paths) == 2:
            low, high = paths
            now = weights.get(high, 0.0) - weights.get(low, 0.0)
            now = np.clip(now + rng.normal(0, 0.7 * limit), -FURTHER * limit, FURTHER * limit)
            values = {low: max(-now, 0.0), high: max(now, 0.0)}
        else:
            values = dict.fromkeys(paths, 0.0) | {paths[rng.integers(len(paths))]: rng.uniform(0, FURTHER * limit)}
        for path, value in values.items():
            for twin in {path, path.replace("/l-", "/r-")}:
                weights[twin] = value
    return [(path, weight) for path, weight in weights.items() if weight]
