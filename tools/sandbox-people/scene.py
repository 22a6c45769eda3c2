"""Light, camera and development: a person and a shot in, an RGB photograph out."""

import os
import tempfile
from dataclasses import dataclass, field

import cv2
import mitsuba as mi
import numpy as np

import clothes
import hair
import skin
from body import Turn, expressed, shaped
from mesh import Surface, compacted

mi.set_variant("scalar_rgb")
mi.set_log_level(mi.LogLevel.Error)
from mitsuba import ScalarTransform4f as Transform  # noqa: E402 (only there once a variant is set)


@dataclass
class Shot:
    """How a photograph is taken. `size` is width x height in pixels; angles are
    degrees; `near` is the camera's distance and `aim` where it looks, from the
    middle of the eyes; `key` and `fill` place soft lights with their radiance."""

    size: tuple = (480, 600)
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    expression: dict = field(default_factory=dict)
    field_of_view: float = 15.0
    near: float = 12.0
    aim: tuple = (0.0, -0.22, 0.0)
    camera: tuple = (0.0, 0.0)
    key: tuple = ((3.6, 3.2, 6.0), (9.4, 9.2, 8.9))
    fill: tuple = ((-5.0, 1.0, 6.0), (2.0, 2.05, 2.1))
    ambient: tuple = (0.30, 0.30, 0.31)
    wall: object = (0.86, 0.88, 0.90)
    shirt: object = None
    exposure: float = 1.0
    grain: float = 0.0
    soften: float = 0.0


class Model:
    """One person's geometry, kept between shots with the same face. With less than full hair
    it is for quick looks: its strands are not rounded, and light comes straight from the lamps.
    With none it is bare: hair of the head is but the colour of the skin, and there is no shirt."""

    def __init__(self, base, person, levels=3, fullness=1.0):
        self.base, self.person, self.levels, self.fullness = base, person, levels, fullness
        self.neutral = shaped(base, person)
        self.kept, self.hair = {}, None

    def with_face(self, expression):
        key = tuple(sorted(expression.items()))
        if key not in self.kept:
            self.kept[key] = self.built(expressed(self.base, self.neutral, expression))
        return self.kept[key]

    def built(self, at):
        base, person = self.base, self.person
        quads = base.quads["body"]
        corner = base.vertices[quads]
        head = (corner[:, :, 1].min(1) > base.neck[1] - 0.9) & (np.abs(corner[:, :, 0]).max(1) < 1.7)
        body = Surface.of(base, at, quads[head], self.levels)
        cloth = clothes.shirt(base, at, person.collar, 2) if self.fullness else None
        eyes = [Surface.of(base, at, base.quads[f"helper-{side}-eye"], 4 if self.fullness else 2) for side in "lr"]
        strands = self.head_hair(body) + hair.of_the_face(base, person, body, self.fullness) + hair.lashes(base, at)
        if person.glasses:
            strands += clothes.glasses(base, at, person.glasses)
        return at, body, skin.painted(base, person, body), cloth, eyes, strands

    def head_hair(self, body):
        """Grown once, on the first face that is asked for: a face's expression does not move it."""
        if self.hair is None:
            self.hair = hair.of_the_head(self.base, self.person, body, self.fullness) if self.fullness else []
        return self.hair

    def photograph(self, shot, samples, attempt=0):
        at, body, colours, cloth, eyes, strands = self.with_face(shot.expression)
        turn = Turn(self.base, at, shot.yaw, shot.pitch, shot.roll)
        dyed = np.array(self.person.shirt if shot.shirt is None else shot.shirt)
        middle = (self.base.centre(at, "joint-l-eye") + self.base.centre(at, "joint-r-eye")) / 2
        quick = self.fullness < 1
        scene = surroundings(shot, np.array([0, middle[1], self.base.eyes[2] - 0.6]), bounces=1 if quick else 2)
        scene["skin"] = mesh("skin", body, turn, colours, {"roughness": 0.46, "specular": 0.42, "flatness": 0.6})
        if cloth:
            cloth, rim = cloth
            strands = [*strands, clothes.band(rim, dyed * 0.9)]
            weave = np.ones((len(cloth.at), 1)) * dyed
            scene["shirt"] = mesh("shirt", cloth, turn, weave, {"roughness": 0.85, "specular": 0.15})
        for k, eye in enumerate(eyes):
            scene[f"eye{k}"] = mesh(
                "eye", eye, turn, skin.eyeball(self.person, eye), {"roughness": 0.07, "specular": 0.6}
            )
        with tempfile.TemporaryDirectory() as folder:
            for k, tuft in enumerate(strands):
                points = tuft.points if quick else rounded(tuft.points)
                scene[f"strand{k}"] = curve(os.path.join(folder, f"{k}.txt"), tuft, turn(points))
            loaded = mi.load_dict(scene)
        light = np.array(mi.render(loaded, spp=samples, seed=self.person.seed % 65536 + attempt))[:, :, :3]
        return developed(light, shot, self.person.seed)


def surroundings(shot, centre, bounces):
    """Camera, lights and wall about a point."""
    aim = centre + np.array(shot.aim)
    eye = centre + [shot.camera[0], shot.camera[1], shot.near]
    at = lambda p: Transform().look_at(origin=[float(x) for x in p], target=[float(x) for x in centre], up=[0, 1, 0])
    wall = (
        {"type": "rgb", "value": list(shot.wall)}
        if isinstance(shot.wall, tuple)
        else {"type": "bitmap", "bitmap": mi.Bitmap(shot.wall), "raw": True}
    )
    scene = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": bounces + 1},
        "sensor": {
            "type": "perspective",
            "fov": shot.field_of_view,
            "to_world": Transform().look_at(
                origin=[float(x) for x in eye], target=[float(x) for x in aim], up=[0, 1, 0]
            ),
            "film": {"type": "hdrfilm", "width": shot.size[0], "height": shot.size[1], "rfilter": {"type": "gaussian"}},
            "sampler": {"type": "multijitter"},
        },
        "ambient": {"type": "constant", "radiance": {"type": "rgb", "value": list(shot.ambient)}},
        "wall": {
            "type": "rectangle",
            "to_world": Transform().translate([0, float(centre[1]), -6]) @ Transform().scale([11, 8.25, 1]),
            "bsdf": {"type": "diffuse", "reflectance": wall},
        },
    }
    for name, (place, radiance), size in (("key", shot.key, 1.8), ("fill", shot.fill, 2.2)):
        scene[name] = {
            "type": "rectangle",
            "to_world": at(centre + place) @ Transform().scale(size),
            "emitter": {"type": "area", "radiance": {"type": "rgb", "value": list(radiance)}},
        }
    return scene


def mesh(name, surface, turn, colours, finish):
    """A surface with a colour at every vertex."""
    properties = mi.Properties()
    properties["finish"] = mi.load_dict(
        {"type": "principled", "base_color": {"type": "mesh_attribute", "name": "vertex_color"}, **finish}
    )
    used, quads = compacted(surface.quads)
    placed = Surface(turn(surface.at)[used], surface.home[used], surface.uv[used], quads)
    made = mi.Mesh(name, len(placed.at), len(placed.triangles), props=properties, has_vertex_normals=True)
    made.add_attribute("vertex_color", 3, colours[used].astype(np.float32).ravel())
    values = mi.traverse(made)
    values["vertex_positions"] = placed.at.astype(np.float32).ravel()
    values["vertex_normals"] = placed.normals.astype(np.float32).ravel()
    values["faces"] = placed.triangles.astype(np.uint32).ravel()
    values.update()
    return made


def rounded(points):
    """Long strands with a point between every two, on a Catmull-Rom curve through them."""
    if points.shape[1] < 6 or len(points) == 1:
        return points
    ends = np.concatenate([2 * points[:, :1] - points[:, 1:2], points, 2 * points[:, -1:] - points[:, -2:-1]], 1)
    between = (9 * (ends[:, 1:-2] + ends[:, 2:-1]) - ends[:, :-3] - ends[:, 3:]) / 16
    made = np.empty((len(points), 2 * points.shape[1] - 1, 3))
    made[:, ::2], made[:, 1::2] = points, between
    return made


def curve(path, tuft, points):
    """Strands as tubes that narrow towards their ends: straight pieces, since B-splines made the renderer crash."""
    strands, steps, _ = points.shape
    width = tuft.width * (np.linspace(1, 0.45, steps) if strands > 1 else np.ones(steps))
    rows = np.concatenate([points, np.broadcast_to(width[None, :, None], (strands, steps, 1))], 2)
    line = "%.4f %.4f %.4f %.4f\n" * steps + "\n"
    with open(path, "w") as file:
        file.write("".join(line % tuple(strand) for strand in rows.reshape(strands, -1)))
    finish = {
        "type": "principled",
        "base_color": {"type": "rgb", "value": [float(x) for x in tuft.colour]},
        "roughness": 0.38,
        "specular": 0.45,
    }
    return {"type": "linearcurve", "filename": path, "bsdf": finish}


def developed(light, shot, seed):
    """Linear light to an sRGB photograph: exposure, a film-like curve, less noise, a camera's grain."""
    x = np.clip(np.nan_to_num(light), 0, 4) * shot.exposure
    x = np.where(x < 0.6, x, 0.6 + 0.4 * np.tanh((x - 0.6) / 0.4))
    x = np.clip(np.where(x <= 0.0031308, x * 12.92, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055), 0, 1)
    image = (x * 255).round().astype(np.uint8)
    image = cv2.fastNlMeansDenoisingColored(image, None, 4, 5, 5, 13)
    if shot.soften:
        image = cv2.GaussianBlur(image, (0, 0), shot.soften)
    if shot.grain:
        rng = np.random.default_rng(seed)
        image = np.clip(
            image + rng.normal(0, shot.grain, image.shape) + rng.normal(0, shot.grain, image.shape[:2])[:, :, None],
            0,
            255,
        ).astype(np.uint8)
    return image
