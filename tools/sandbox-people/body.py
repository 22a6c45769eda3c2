"""From traits to a shaped body: vertices, expression and turn of the head."""

import numpy as np

from mesh import smooth


def shaped(base, person):
    """The base mesh's vertices in the shape of a person, with a neutral face."""
    at = base.vertices.copy()
    old = np.clip((person.age - 24) / 62, 0, 0.8)
    for aged, share in (("young", 1 - old), ("old", old)):
        for race, part in zip(("caucasian", "asian", "african"), person.ancestry):
            base.add(at, f"mpfb2/targets/macrodetails/{race}-{person.sex}-{aged}", part * share)
        build = f"mpfb2/targets/macrodetails/universal-{person.sex}-{aged}-averagemuscle"
        far = abs(person.weight)
        base.add(at, f"{build}-averageweight", share * (1 - far))
        base.add(at, f"{build}-{'max' if person.weight > 0 else 'min'}weight", share * far * 0.7)
    for path, weight in person.shape:
        base.add(at, path, weight)
    return expressed(base, at, {"eyeWide": person.awake} | person.mien)


def expressed(base, at, expression):
    """A copy with face units, named by their targets, added: {"eyeBlink": 1} works on both sides."""
    at = at.copy()
    for unit, weight in expression.items():
        for side in ("Left", "Right"):
            base.add(at, f"faceunits01/targets/faceunits/{unit}{side}", weight)
    return at


class Turn:
    """A turn of the head about the neck, in degrees: yaw to the person's left,
    pitch down, roll to the person's right."""

    def __init__(self, base, at, yaw=0.0, pitch=0.0, roll=0.0):
        self.pivot = base.centre(at, "joint-neck")
        self.angles = np.radians([yaw, pitch, roll])

    def __call__(self, points):
        """The points after the turn; the shoulders stay, the throat follows half-way."""
        share = smooth(self.pivot[1] - 0.4, self.pivot[1] + 0.5, points[..., 1])
        yaw, pitch, roll = (share * a for a in self.angles)
        x, y, z = np.moveaxis(points - self.pivot, -1, 0)
        y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
        x, y = x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)
        x, z = x * np.cos(yaw) + z * np.sin(yaw), z * np.cos(yaw) - x * np.sin(yaw)
        return np.stack([x, y, z], -1) + self.pivot
