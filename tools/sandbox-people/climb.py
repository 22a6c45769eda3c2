"""Find people unlike all who are there, by climbing: from a screened seed, step by step,
away from the embeddings of everybody else.

A step is a number, and what it does to a person does not depend on who it is applied to;
so of thousands of steps a linear model of everything seen so far tells which lead furthest
away, and only those few are rendered, small. A dozen renders do what thousands would.
"""

import copy
import dataclasses

import cv2
import numpy as np
from PIL import Image

import person as people
import shots
from mesh import unit
from scene import Model, Shot

SIZE = (160, 200)
SAMPLES = 8
LONGEST = 150  # of names, which are those of files as well
SHARP = 30.0  # how much more the most alike count than all


def looked(base, models, folder, name, who, promising=None):
    """A small quick portrait of somebody: its embedding, the probability of closed eyes, and of being live.
    Where that is `promising`, two more in the light of the live shots: turned, and blinking."""
    folder.mkdir(exist_ok=True)
    model = Model(base, who, levels=1, fullness=0.06)
    image = model.photograph(Shot(size=SIZE, field_of_view=12.5), SAMPLES)
    Image.fromarray(image).save(folder / f"{name}.png")
    if (face := enlarged(models, image)) is None:
        return None
    look = dict(embeddings=face.embedding[None], closed=face.closed, live=face.live)
    if promising and promising(look):
        for what in ("half-left", "closed"):
            shot = dataclasses.replace(shots.live(who, what), size=SIZE, field_of_view=23.0, aim=(0, -0.2, 0))
            if (face := enlarged(models, model.photograph(shot, SAMPLES))) is None:
                return None
            look["embeddings"] = np.concatenate([look["embeddings"], face.embedding[None]])
        look["blinks"] = face.closed
    np.savez(folder / f"{name}.npz", **look)
    return look


def enlarged(models, image):
    return models.face(cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))


def fit(look):
    return look["closed"] < 0.25 and look["live"] > 0.9 and look.get("blinks", 1.0) > 0.85


class Climber:
    """What was seen so far, in a folder, and a linear model of it."""

    def __init__(self, base, models, folder, rng):
        self.base, self.models, self.folder, self.rng = base, models, folder, rng
        self.looks = {f.name.removesuffix(".npz"): dict(np.load(f)) for f in sorted(folder.glob("*.npz"))}
        self.bares = {f.name.removesuffix(".npy"): np.load(f) for f in sorted(folder.glob("*.npy"))}
        self.features = {name: described(people.person(base, name)) for name in [*self.looks, *self.bares]}
        self.anchor = None

    def start(self, others, free):
        """Of all who were seen and are fit, the one least like the others."""
        self.anchor = None
        fit_ones = (name for name, look in self.looks.items() if free(name) and fit(look) and self.has_hair(name))
        return min(fit_ones, key=lambda name: self.likeness(self.looks[name], others))

    def has_hair(self, name):
        """The presentation-attack model doubts the rendered bald head, larger than it sees it here."""
        return people.person(self.base, name).style != "bald"

    def hold(self, name, vectors):
        """From here on, take people for as far from these true photographs of `name` (the portrait's first)
        as they look from `name`."""
        self.anchor = vectors - self.spread(self.looks[name]["embeddings"], len(vectors))

    def spread(self, embeddings, count):
        """The front's embedding for the portrait, the live ones' mean for all the others."""
        return np.concatenate([embeddings[:1], np.repeat(embeddings[1:].mean(0)[None], count - 1, 0)])

    def vectors(self, look):
        """What somebody's photographs are expected to be embedded as."""
        vectors = look["embeddings"]
        if self.anchor is not None and len(vectors) > 1:
            vectors = self.anchor + self.spread(vectors, len(self.anchor))
        return unit(vectors)

    def likeness(self, look, others):
        return float((self.vectors(look) @ others.T).max())

    def climb(self, name, others, enough, rounds=3):
        """Move on from `name` until nobody of `others` (unit vectors) is near: the name reached and its likeness."""
        best = self.look(name, others)
        for _ in range(rounds):
            if best < enough or len(name) > LONGEST:
                break
            reached = {trial: self.look(trial, others, best + 0.02) for trial in self.explored(name, others)}
            nearest = min(reached, key=reached.get)
            print(f"    {nearest} {reached[nearest]:.3f} of {sorted(round(v, 2) for v in reached.values())}", flush=True)
            if reached[nearest] < best:
                name, best = nearest, reached[nearest]
        return name, best

    def explored(self, name, others, blind=45, aimed=24, kept=4):
        """Those around `name` who look best, bare: blindly stepped to at first, to learn what each trait does
        in this face, then by what was learnt."""
        steps = self.rng.integers(people.FIRST_STEP, 100_000, 1200)
        here = people.person(self.base, name)
        rows = [self.stepped(here, step) for step in steps]
        start, likely, looks = self.bare(name), self.vectors(self.looks[name]), {}
        known = sum(other.startswith(name + ".") for other in self.bares)
        for _ in range(blind - known):
            self.bare(".".join([name, *map(str, self.rng.choice(steps, 5, replace=False))]))
        for _ in range(3):
            slope, row = self.learnt(name)
            change = (np.array([row(r) for r in rows]) - row(self.features[name])) @ slope
            change = self.spread(change.reshape(-1, 2, 128).swapaxes(0, 1), len(likely)).swapaxes(0, 1)
            for _ in range(aimed // 3):
                trial = self.chained(name, others, steps, change)
                look = self.bare(trial)
                if look is not None:
                    looks[trial] = float((unit(likely + self.spread(look - start, len(likely))) @ others.T).max())
        print(f"      bare {sorted(round(v, 2) for v in looks.values())}", flush=True)
        return sorted(looks, key=looks.get)[:kept]

    def look(self, name, others, bar=2.0):
        """How like the others somebody looks, who is rendered for it; 2 where they are unfit."""
        who = people.person(self.base, name)
        promising = lambda look: fit(look) and self.likeness(look, others) < bar
        look = looked(self.base, self.models, self.folder, name, who, promising)
        if look is None:
            return 2.0
        self.looks[name], self.features[name] = look, described(who)
        return self.likeness(look, others) if fit(look) else 2.0

    def stepped(self, who, step):
        """What describes somebody after one step."""
        who = copy.deepcopy(who)
        people.stepped(self.base, who, int(step))
        return described(who)

    def bare(self, name):
        """The embeddings of two very quick looks, as a portrait and turned in the light of the live shots,
        or None; kept for learning."""
        who = people.person(self.base, name)
        model, seen = Model(self.base, who, levels=1, fullness=0), []
        live = dataclasses.replace(shots.live(who, "half-left"), field_of_view=19.3, aim=(0, -0.2, 0), grain=0)
        for shot in (Shot(field_of_view=10.5), live):
            shot.size = (112, 125)
            image = model.photograph(shot, 5)
            seen.append(self.models.embedded(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)))
        if any(vector is None for vector in seen):
            return None
        self.bares[name], self.features[name] = np.array(seen), described(who)
        np.save(self.folder / f"{name}.npy", self.bares[name])
        return self.bares[name]

    def learnt(self, name):
        """A linear model of all bare looks, of those of this seed above all."""
        seed = name.split(".")[0]
        weights = [1.0 if other.split(".")[0] == seed else 0.15 for other in self.bares]
        return regression([self.features[n] for n in self.bares], [vectors.ravel() for vectors in self.bares.values()], weights)

    def chained(self, name, others, numbers, change):
        """Greedily, of a random half of the steps, those that together lead furthest."""
        at, chain = self.vectors(self.looks[name]), [name]
        half = self.rng.permutation(len(numbers))[: len(numbers) // 2]
        for _ in range(self.rng.integers(4, 16)):
            alike = unit(at + change[half]) @ others.T
            best = half[np.exp(SHARP * alike).sum((1, 2)).argmin()]
            at, chain, half = at + change[best], [*chain, str(numbers[best])], half[half != best]
        return ".".join(chain)


def described(who):
    """A person's traits as numbers, by name."""
    numbers = {path: weight for path, weight in who.shape if "/r-" not in path}
    numbers |= {f"brow {k}": v for k, v in who.brow.items()} | {f"paint {k}": v for k, v in who.paint.items()}
    numbers |= {f"ancestry {k}": v for k, v in enumerate(who.ancestry)} | {f"mien {k}": v for k, v in who.mien.items()}
    numbers |= {f"style {who.style}": 1, f"beard {who.beard}": 1}
    numbers |= dict(male=who.male, age=who.age / 50, tone=who.tone[0], hair=who.hair[0], grey=who.grey)
    numbers |= dict(glasses=bool(who.glasses), awake=who.awake, lips=who.lips, weight=who.weight)
    return numbers | dict(hairline=4 * who.hairline, shadow=who.shadow, length=who.length, fringe=who.fringe)


def regression(described_people, embeddings, weights):
    """A ridge regression from traits to embeddings: its slope, and what makes a description a row."""
    columns = {k: i for i, k in enumerate(sorted({key for d in described_people for key in d}))}

    def row(description):
        values = np.zeros(len(columns) + 1)
        values[-1] = 1
        for key, value in description.items():
            if key in columns:
                values[columns[key]] = value
        return values

    x, y = np.array([row(d) for d in described_people]), np.array(embeddings)
    weighed = x.T * weights
    return np.linalg.solve(weighed @ x + 3 * np.eye(x.shape[1]), weighed @ y), row
