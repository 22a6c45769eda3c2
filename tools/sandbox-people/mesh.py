"""The MakeHuman base mesh and its targets, and what a quad surface needs.

Lengths are decimetres; y is up, the body looks along +z, and its own left is +x.
"""

import gzip
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree


class Base:
    """The unshaped body of one asset folder (`data/` of the unpacked wheel)."""

    def __init__(self, data):
        self.data = Path(data)
        vertices, texture, groups, group = [], [], {}, None
        for line in (self.data / "mpfb2/3dobjs/base.obj").read_text().splitlines():
            word, *rest = line.split() or ["#"]
            if word == "v":
                vertices.append([float(x) for x in rest])
            elif word == "vt":
                texture.append([float(x) for x in rest[:2]])
            elif word == "g":
                group = rest[0]
            elif word == "f" and len(rest) == 4:
                groups.setdefault(group, []).append([[int(i) - 1 for i in corner.split("/")[:2]] for corner in rest])
        self.vertices = np.array(vertices)
        self.uv = np.zeros((len(vertices), 2))
        self.quads = {}
        for name, faces in groups.items():
            corners = np.array(faces)
            self.quads[name] = corners[:, :, 0]
            self.uv[corners[:, :, 0]] = np.array(texture)[corners[:, :, 1]]
        self.eye = {side: self.centre(self.vertices, f"joint-{side}-eye") for side in "lr"}
        self.eyes = (self.eye["l"] + self.eye["r"]) / 2
        self.neck = self.centre(self.vertices, "joint-neck")

    def centre(self, vertices, group):
        return vertices[np.unique(self.quads[group])].mean(0)

    @cache
    def target(self, path):
        """Indices and offsets of one target file, named without its endings."""
        file = self.data / f"{path}.target"
        lines = file.read_text() if file.exists() else gzip.decompress(Path(f"{file}.gz").read_bytes()).decode()
        rows = [row.split() for row in lines.splitlines() if row and row[0] != "#"]
        rows = np.array([[float(x) for x in row] for row in rows if len(row) == 4]).reshape(-1, 4)
        return rows[:, 0].astype(int), rows[:, 1:]

    def add(self, vertices, path, weight):
        index, offset = self.target(path)
        vertices[index] += weight * offset

    @cache
    def choices(self, folder):
        """Each pair of opposite targets of a folder: {what: [path, path]}; the right eye's and ear's follow the left's."""
        pairs = {}
        for file in sorted((self.data / "mpfb2/targets" / folder).iterdir()):
            name = file.name.split(".")[0]
            if not name.startswith("r-"):
                pairs.setdefault(name.rsplit("-", 1)[0], []).append(f"mpfb2/targets/{folder}/{name}")
        return pairs

    @cache
    def mask(self, name):
        image = Image.open(self.data / f"mpfb2/textures/mpfb_{name}.jpg").convert("L")
        return np.asarray(image, float) / 255

    def masked(self, name, uv):
        """A mask texture's value (0 to 1) at texture coordinates."""
        mask = self.mask(name)
        height, width = mask.shape
        row = np.clip(((1 - uv[:, 1]) * height).astype(int), 0, height - 1)
        return mask[row, np.clip((uv[:, 0] * width).astype(int), 0, width - 1)]


class Surface:
    """A quad surface that knows where each point stands on this body (`at`),
    on the unshaped one (`home`) and on the texture (`uv`)."""

    def __init__(self, at, home, uv, quads):
        self.at, self.home, self.uv, self.quads = at, home, uv, quads

    @classmethod
    def of(cls, base, vertices, quads, levels):
        used, quads = compacted(quads)
        rows = np.concatenate([vertices, base.vertices, base.uv], 1)[used]
        for _ in range(levels):
            rows, quads = subdivided(rows, quads)
        return cls(rows[:, :3].copy(), rows[:, 3:6], rows[:, 6:8], quads)

    @cached_property
    def triangles(self):
        return np.concatenate([self.quads[:, :3], self.quads[:, [0, 2, 3]]])

    @cached_property
    def normals(self):
        a, b, c = (self.at[self.triangles[:, k]] for k in range(3))
        face = np.cross(b - a, c - a)
        return unit(sum(gathered(self.triangles[:, k], face, len(self.at)) for k in range(3)))

    @cached_property
    def tree(self):
        """For the nearest vertex to a point."""
        return cKDTree(self.at)

    def scatter(self, rng, count, weight):
        """`count` random points, denser where the vertex weight is higher:
        positions, normals and home positions."""
        a, b, c = (self.triangles[:, k] for k in range(3))
        area = np.linalg.norm(np.cross(self.at[b] - self.at[a], self.at[c] - self.at[a]), axis=1)
        chance = area * (weight[a] + weight[b] + weight[c])
        pick = rng.choice(len(a), count, p=chance / chance.sum())
        mix = rng.dirichlet([1, 1, 1], count)
        blend = lambda values: sum(mix[:, k : k + 1] * values[self.triangles[pick, k]] for k in range(3))
        return blend(self.at), unit(blend(self.normals)), blend(self.home)


def compacted(quads):
    used, index = np.unique(quads, return_inverse=True)
    return used, index.reshape(quads.shape)


def subdivided(rows, quads):
    """One step of Catmull and Clark (1978) on every column of `rows`."""
    count, faces = len(rows), len(quads)
    middle = rows[quads].mean(1)
    edges = np.sort(np.stack([quads, np.roll(quads, -1, 1)], 2).reshape(-1, 2), 1)
    edges, which = np.unique(edges, axis=0, return_inverse=True)
    which = which.reshape(-1)
    shared = np.bincount(which, minlength=len(edges))
    beside = gathered(which, np.repeat(middle, 4, 0), len(edges))
    half = rows[edges].mean(1)
    edge = np.where((shared == 2)[:, None], (2 * half + beside) / 4, half)

    valence = np.bincount(quads.ravel(), minlength=count)[:, None]
    around = gathered(quads.ravel(), np.repeat(middle, 4, 0), count)
    ends, halves = edges.T.ravel(), np.concatenate([half, half])
    degree = np.maximum(np.bincount(ends, minlength=count), 1)[:, None]
    n = np.maximum(valence, 1)
    corner = (around / n + 2 * gathered(ends, halves, count) / degree + (n - 3) * rows) / n
    rim = np.tile(shared == 1, 2)
    rims = np.bincount(ends[rim], minlength=count)[:, None]
    along = (gathered(ends[rim], halves[rim], count) / np.maximum(rims, 1) + rows) / 2
    corner = np.where(rims > 0, along, corner)

    sides = which.reshape(faces, 4) + count + faces
    centre = np.arange(faces) + count
    split = [np.stack([quads[:, k], sides[:, k], centre, sides[:, k - 1]], 1) for k in range(4)]
    return np.concatenate([corner, middle, edge]), np.concatenate(split)


def gathered(index, values, size):
    """Sum of the rows of `values` at each index."""
    return np.stack([np.bincount(index, values[:, k], size) for k in range(values.shape[1])], 1)


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def smooth(low, high, x):
    """0 below `low`, 1 above `high`, a smooth step between (either may be the larger)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(points, frequency, seed):
    """Smooth value noise in -1 to 1 at points (n x 3)."""
    p = points * frequency + 4096
    cell = np.floor(p).astype(np.uint64)
    t = p - cell
    t = t * t * (3 - 2 * t)
    total = np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, t, 1 - t), axis=1)
        total += weight * hashed(cell + np.array(corner, np.uint64), seed)
    return total * 2 - 1


def hashed(cells, seed):
    """A number in 0 to 1 for every integer cell."""
    mask = np.uint64(0xFFFFFFFF)
    h = cells @ np.array([374761393, 668265263, 2147483647], np.uint64) + np.uint64(seed * 1274126177 % 2**32)
    for shift in (13, 16):
        h &= mask
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(1274126177)
    return (h >> np.uint64(16) & np.uint64(0xFFFF)) / 65535
