"""Who a sandbox person is: every trait, drawn from one seed."""

from dataclasses import dataclass, field

import numpy as np

import steps

# Skin from light to dark, hair and irises, as sRGB bytes.
SKIN = [(243, 208, 187), (232, 190, 163), (219, 172, 140), (198, 146, 112), (168, 117, 84), (128, 84, 60), (92, 60, 45)]
HAIR = {
    "black": (20, 17, 17),
    "dark brown": (42, 28, 21),
    "brown": (78, 50, 32),
    "auburn": (104, 50, 28),
    "fair": (160, 122, 76),
    "grey": (132, 130, 128),
    "white": (196, 194, 190),
}
IRIS = {
    "dark brown": (48, 28, 18),
    "brown": (84, 52, 28),
    "hazel": (104, 88, 52),
    "green": (96, 112, 84),
    "blue": (98, 128, 158),
    "grey": (128, 136, 142),
}
MEN = {"buzz": 2, "crop": 4, "side": 4, "back": 3, "curls": 2, "fringe": 2, "bald": 1.5}
WOMEN = {"long": 4, "bob": 3, "tied": 3, "crop": 1, "curls": 2.5, "back": 1}
# How far the targets of each folder may go in what a face may be, and those that are left out.
HELD = {
    "head": 0.6,
    "forehead": 0.9,
    "eyes": 0.95,
    "eyebrows": 0.9,
    "nose": 0.95,
    "mouth": 0.85,
    "chin": 0.8,
    "cheek": 0.95,
    "ears": 0.4,
    "neck": 0.35,
}
ODD = ("trans-in", "trans-out", "head-trans", "neck-trans", "age", "double", "head-angle", "back-scale")
FIRST_STEP = 10_000


@dataclass
class Person:
    """Traits of one person; fractions are 0 to 1, lengths decimetres."""

    seed: int
    male: bool
    age: int
    ancestry: np.ndarray
    weight: float
    shape: list
    awake: float
    tone: np.ndarray
    ruddy: float
    lips: float
    freckles: float
    moles: np.ndarray
    iris: np.ndarray
    hair: np.ndarray
    grey: bool
    style: str
    part: float
    hairline: float
    fringe: bool
    curl: float
    length: float
    brow: dict
    paint: dict
    beard: str
    shadow: float
    glasses: dict | None
    shirt: np.ndarray
    collar: float
    room: int
    mien: dict = field(default_factory=dict)

    @property
    def sex(self):
        return "male" if self.male else "female"


def person(base, name):
    """The person of a name: "17" is drawn from seed 17, "17.3.9" is that person
    drifted by 3, then by 9: about a quarter of the features drawn anew each time.
    From FIRST_STEP on a number is a step instead: every trait moves a little.
    "17.3@2" is the same person, photographed live in another room."""
    name, _, light = str(name).partition("@")
    seed, *drifts = (int(word) for word in name.split("."))
    made = drawn(base, seed)
    made.room += int(light or 0)
    for drift in drifts:
        (stepped if drift >= FIRST_STEP else drifted)(base, made, drift)
    return made


def stepped(base, made, number):
    """Move on by the step of this number, whoever it is taken from."""
    rng = np.random.default_rng([number, 0x57E9])
    while (other := drawn(base, int(rng.integers(1 << 30)))).male != made.male:
        pass
    steps.stepped(made, other, axes(base), rng)


def axes(base):
    """The opposite targets of the believable shapes, with their limits."""
    every = [(paths, limit) for folder, limit in HELD.items() for paths in base.choices(folder).values()]
    return [(paths, limit) for paths, limit in every if not any(word in path for word in ODD for path in paths)]


def drifted(base, made, drift):
    """Draw some features anew; drifts from 100 on go further: eye distance, ancestry and skin as well."""
    rng = np.random.default_rng([made.seed, drift, 0xD21F7])
    other = drawn(base, int(rng.integers(1 << 30)))
    folders = ("head", "forehead", "eyes", "eyebrows", "nose", "mouth", "chin", "cheek", "ears", "neck", "asym")
    anew = {folder for folder in folders if rng.random() < 0.3}
    kept = [s for s in made.shape if s[0].split("/")[2] not in anew]
    made.shape = kept + [s for s in other.shape if s[0].split("/")[2] in anew]
    for trait in ("brow", "paint"):
        mine, others = getattr(made, trait), getattr(other, trait)
        setattr(made, trait, {k: others[k] if rng.random() < 0.3 else v for k, v in mine.items()})
    if rng.random() < 0.3:
        made.awake = other.awake
    if drift < 100:
        return
    made.shape = [s for s in made.shape if "eye-trans" not in s[0]]
    for axis in (("in", "out"), ("up", "down")):
        way, weight = axis[rng.integers(2)], rng.uniform(0, 0.6)
        made.shape += [(f"mpfb2/targets/eyes/{side}-eye-trans-{way}", weight) for side in "lr"]
    if rng.random() < 0.25:
        made.ancestry, made.tone, made.weight = other.ancestry, other.tone, other.weight


def drawn(base, seed):
    """The person of a seed alone."""
    rng = np.random.default_rng([seed, 0x7A4DA])
    male = bool(rng.integers(2))
    age = int(19 + 56 * rng.beta(1.0, 1.5))
    ancestry = rng.dirichlet([0.12, 0.2, 0.12])
    dark = np.clip(ancestry @ [0.12, 0.36, 0.86] + rng.normal(0, 0.08), 0, 1)
    pale = dark < 0.24
    grey = age > 48 and rng.random() < (age - 40) / 35
    colours = ["black", "dark brown", "brown", "auburn", "fair"]
    colour = rng.choice(colours, p=[0.15, 0.3, 0.28, 0.1, 0.17] if pale else [0.7, 0.25, 0.05, 0, 0])
    hair = (
        mixed(HAIR["white" if age > 66 else "grey"], HAIR[colour], rng.uniform(0.5, 1))
        if grey
        else linear(HAIR[colour])
    )
    irises = list(IRIS)
    iris = IRIS[rng.choice(irises, p=[0.1, 0.25, 0.2, 0.15, 0.2, 0.1] if pale else [0.65, 0.3, 0.05, 0, 0, 0])]
    styles = MEN if male else WOMEN
    odds = np.array(list(styles.values()), float)
    return Person(
        seed=seed,
        male=male,
        age=age,
        ancestry=ancestry,
        weight=rng.uniform(-0.8, 0.9),
        shape=shape(base, rng),
        awake=rng.uniform(0.1, 0.75),
        tone=along(SKIN, dark),
        ruddy=rng.uniform(0, 1),
        lips=rng.uniform(-0.5, 0.3) if male else rng.uniform(-0.3, 1.0),
        freckles=rng.uniform(0.3, 1) if pale and rng.random() < 0.4 else 0.0,
        moles=np.stack([rng.uniform(-0.6, 0.6, 6), rng.uniform(-1.0, 0.4, 6)], 1)[: max(0, rng.integers(-3, 4))],
        iris=linear(iris),
        hair=hair,
        grey=bool(grey),
        style=str(rng.choice(list(styles), p=odds / odds.sum())),
        part=rng.choice([-0.3, 0.0, 0.3]) + rng.normal(0, 0.05),
        hairline=rng.uniform(0.50, 0.64) + (0.1 * rng.random() if male and age > 40 else 0),
        fringe=bool(not male and rng.random() < 0.35),
        curl=rng.choice([0.0, 0.0, 0.3, 1.0]) * rng.uniform(0.5, 1),
        length=rng.uniform(0, 1),
        brow=dict(
            thickness=rng.uniform(0.022, 0.075) * (1.0 if male else 0.7),
            height=rng.uniform(0.13, 0.27),
            tilt=rng.uniform(-0.16, 0.16),
            arch=rng.uniform(-0.2, 1.6),
            density=rng.uniform(0.2, 1.0),
            gap=rng.uniform(-0.05, 0.07),
            tint=rng.uniform(0.3, 1.0),
        ),
        paint=dict(
            lash=rng.uniform(0.15, 0.8) if male else rng.uniform(0.4, 1.0),
            crease=rng.uniform(0, 1),
            fold=rng.uniform(0.05, 0.13),
            hollow=rng.uniform(-0.6, 1),
            socket=rng.uniform(-0.3, 1),
            bags=rng.uniform(0, 1),
            ridge=rng.uniform(-0.5, 1),
            iris=rng.uniform(0.86, 1.12),
        ),
        beard=str(rng.choice(["none", "stubble", "moustache", "goatee", "full"], p=[0.42, 0.2, 0.12, 0.1, 0.16]))
        if male
        else "none",
        shadow=0 if male else rng.uniform(0, 0.6),
        glasses=glasses(rng) if rng.random() < 0.22 else None,
        shirt=rng.uniform(0.02, 0.5, 3),
        collar=rng.uniform(0, 1),
        room=int(rng.integers(1 << 30)),
    )


def shape(base, rng):
    """Targets and weights for head and features, held within what a face may be."""
    drawn = []
    for folder, limit in HELD.items():
        for what, paths in base.choices(folder).items():
            path = paths[rng.integers(len(paths))]
            weight = min(abs(rng.normal(0, limit * 0.9)), limit) * (rng.random() < 0.75)
            if weight and not any(word in path for word in ODD):
                drawn.append((path, weight))
                if "/l-" in path:
                    drawn.append((path.replace("/l-", "/r-"), weight))
    for paths in base.choices("asym").values():
        if rng.random() < 0.3:
            drawn.append((paths[rng.integers(len(paths))], rng.uniform(0, 0.22)))
    return drawn


def glasses(rng):
    return dict(
        wide=rng.uniform(0.22, 0.265),
        high=rng.uniform(0.15, 0.21),
        square=rng.uniform(2, 4.5),
        rim=rng.uniform(0.010, 0.020),
        colour=linear(rng.choice([(18, 18, 20), (60, 34, 20), (120, 110, 100), (30, 36, 70)])),
    )


def linear(srgb):
    """sRGB bytes as linear light, 0 to 1."""
    x = np.asarray(srgb, float) / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def mixed(a, b, share):
    return linear(a) * share + linear(b) * (1 - share)


def along(colours, t):
    place = t * (len(colours) - 1)
    low = min(int(place), len(colours) - 2)
    return mixed(colours[low + 1], colours[low], place - low)
