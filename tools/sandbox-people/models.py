"""The shipped face models, as the sandbox people are judged by them.

Loads YuNet (detector), SFace (embedder) and the presentation-attack, landmark,
eye and pose networks from one folder, after checking each file's hash, and
turns an RGB image into a `Face`: box, points, embedding and scores.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

HASHES = {
    "face_detection_yunet_2023mar_int8bq.onnx": "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    "face_recognition_sface_2021dec_int8bq.onnx": "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    "fr_liveness.onnx": "afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d",
    "fr_landmark.onnx": "f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258",
    "fr_eye.onnx": "1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de",
    "fr_pose.onnx": "72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d",
}

# Where the five points of a face stand in SFace's 112 x 112 crop (ArcFace's template).
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)


@dataclass
class Face:
    """What the models say about the one face of an image.

    `box` is x, y, width, height and `points` are the two eyes, nose tip and
    mouth corners (the subject's right first), both in pixels. `live` is the
    probability of the class "live" of three. `eyes` are the probabilities that
    the subject's right and left eye are closed, `closed` the less closed one's. `pose` is yaw, pitch and roll in
    degrees as the pose network gives them; `turn` is the nose tip's distance
    from the middle of the eyes along the eye axis, in eye distances, positive
    where the subject has turned to their left.
    """

    box: np.ndarray
    confidence: float
    points: np.ndarray
    embedding: np.ndarray
    live: float
    classes: np.ndarray
    eyes: tuple[float, float]
    pose: tuple[float, float, float]
    turn: float

    @property
    def closed(self):
        return min(self.eyes)


class Models:
    """The six networks of one folder, ready to run on one thread."""

    def __init__(self, folder):
        folder = Path(folder)
        sessions = {}
        for name, expected in HASHES.items():
            data = (folder / name).read_bytes()
            if hashlib.sha256(data).hexdigest() != expected:
                raise SystemExit(f"{folder / name} is not the file that Tanda was measured with")
            graph = folded(data) if "int8bq" in name else data
            sessions[name] = session(graph)
        self.detector, self.embedder, self.liveness, self.landmark, self.eye, self.head = sessions.values()

    def face(self, rgb):
        """The largest face of an RGB image (height x width x 3, uint8), or None."""
        found = self.detect(rgb)
        if found is None:
            return None
        box, confidence, points = found
        bgr = rgb[:, :, ::-1]
        classes = self.presentation(bgr, box)
        right, left, nose = points[0], points[1], points[2]
        axis = left - right
        middle = (left + right) / 2
        return Face(
            box=box,
            confidence=confidence,
            points=points,
            embedding=self.embedding(rgb, points),
            live=float(classes[0]),
            classes=classes,
            eyes=self.eyes_closed(rgb, box),
            pose=self.pose(rgb, box),
            turn=float((nose - middle) @ axis / (axis @ axis)),
        )

    def embedded(self, rgb):
        """The embedding of the largest face of an RGB image, or None."""
        found = self.detect(rgb)
        return None if found is None else self.embedding(rgb, found[2])

    def detect(self, rgb):
        """Box, confidence and five points of the largest face, or None."""
        height, width = rgb.shape[:2]
        side = 320  # as the product looks first
        scale = min(side / height, side / width, 1.0)
        small = cv2.resize(rgb, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        canvas = np.zeros((640, 640, 3), np.float32)  # the size that the file is fixed to
        canvas[: small.shape[0], : small.shape[1]] = small[:, :, ::-1]
        out = run(self.detector, canvas.transpose(2, 0, 1)[None])
        boxes, scores, points = [], [], []
        for stride in (8, 16, 32):
            cells = 640 // stride
            row, column = np.divmod(np.arange(cells * cells), cells)
            score = np.sqrt(np.clip(out[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(out[f"obj_{stride}"][0, :, 0], 0, 1))
            for i in np.flatnonzero(score > 0.6):
                dx, dy, dw, dh = out[f"bbox_{stride}"][0, i]
                w, h = np.exp(dw) * stride, np.exp(dh) * stride
                boxes.append([(column[i] + dx) * stride - w / 2, (row[i] + dy) * stride - h / 2, w, h])
                scores.append(float(score[i]))
                points.append((out[f"kps_{stride}"][0, i].reshape(5, 2) + [column[i], row[i]]) * stride)
        if not boxes:
            return None
        kept = cv2.dnn.NMSBoxes(boxes, scores, 0.6, 0.3)
        best = max(kept, key=lambda i: boxes[i][2] * boxes[i][3])
        return np.array(boxes[best]) / scale, scores[best], points[best] / scale

    def embedding(self, rgb, points):
        """The unit-length 128-vector of the face with these five points."""
        crop = cv2.warpAffine(np.ascontiguousarray(rgb), similarity(points, TEMPLATE), (112, 112))
        vector = next(iter(run(self.embedder, crop.transpose(2, 0, 1)[None].astype(np.float32)).values()))[0]
        return vector / np.linalg.norm(vector)

    def presentation(self, bgr, box):
        """Probabilities of live and of the two kinds of attack."""
        crop = window(bgr, surroundings(bgr, box, 2.7), 128, smoothed=False)
        return softmax(run(self.liveness, crop.transpose(2, 0, 1)[None])["output"][0])

    def eyes_closed(self, rgb, box):
        """Probabilities that the subject's right and left eye are closed: landmarks from a
        square about the box find each eye, a square of two eye widths is looked at."""
        grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
        x, y, w, h = box
        side = (w + h) / 2
        left, top = x + w / 2 - side / 2, y + h / 2 - side / 2
        patch = window(grey, (left, top, side, side), 64) / 256.0
        points = run(self.landmark, patch.astype(np.float32)[None, None])["output"][0].reshape(68, 2)
        points = points * side + [left, top]
        scores = []
        for first in (36, 42):
            eye = points[first : first + 6]
            width = max(eye[3, 0] - eye[0, 0], 1.0) * 2.0
            across, down = eye[[1, 2, 4, 5]].mean(0) - width / 2
            patch = window(grey, (across, down, width, width), 24) / 255.0
            scores.append(float(softmax(run(self.eye, patch.astype(np.float32)[None, None])["output"][0])[0]))
        return tuple(scores)

    def pose(self, rgb, box):
        """Yaw, pitch and roll in degrees, as the pose network has them."""
        x, y, w, h = box
        crop = window(rgb, (x - w / 4, y - h / 4, w * 1.5, h * 1.5), 224) / 255.0
        crop = (crop - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        out = run(self.head, crop.transpose(2, 0, 1)[None].astype(np.float32))
        return tuple(float(softmax(o[0]) @ np.arange(66) * 3 - 99) + 1.5 for o in out.values())


def folded(data):
    """An int8bq file as a plain f32 graph: dequantised weights, no stale inputs, no Dropout."""
    model = onnx.load_from_string(data)
    graph = model.graph
    values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    kept = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            values[node.output[0]] = dequantised(node, values)
        elif node.op_type == "Reshape" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]].reshape(values[node.input[1]])
        elif node.op_type == "Dropout":
            rename(graph, node.output[0], node.input[0])
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in values.items() if n in used)
    inputs = list(graph.input)[:1]
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
    return model.SerializeToString()


def dequantised(node, values):
    quantised = values[node.input[0]].astype(np.float32)
    scale = values[node.input[1]].astype(np.float32)
    zero = values[node.input[2]].astype(np.float32) if len(node.input) > 2 and node.input[2] else np.float32(0)
    options = {a.name: a.i for a in node.attribute}
    axis, block = options.get("axis", 1), options.get("block_size", 0)
    if np.ndim(scale) == quantised.ndim and block:
        shape = quantised.shape[axis]
        spread = [np.repeat(a, block, axis).take(range(shape), axis) if np.ndim(a) else a for a in (zero, scale)]
        return ((quantised - spread[0]) * spread[1]).astype(np.float32)
    if np.ndim(scale) == 1 and scale.size > 1:
        along = [1] * quantised.ndim
        along[axis] = -1
        scale, zero = scale.reshape(along), np.reshape(zero, along) if np.ndim(zero) else zero
    elif np.size(scale) == 1:
        scale, zero = np.reshape(scale, ()), np.reshape(zero, ())
    return ((quantised - zero) * scale).astype(np.float32)


def rename(graph, old, new):
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name == old:
                node.input[i] = new


def session(data):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def run(network, tensor):
    names = [o.name for o in network.get_outputs()]
    return dict(zip(names, network.run(None, {network.get_inputs()[0].name: tensor})))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def surroundings(image, box, scale):
    """The box grown by `scale` about its centre, less where the image is too small, and pushed back inside it."""
    height, width = image.shape[:2]
    x, y, w, h = box
    scale = min((height - 1) / h, (width - 1) / w, scale)
    left = np.clip(x + w / 2 - w * scale / 2, 0, width - 1 - w * scale)
    top = np.clip(y + h / 2 - h * scale / 2, 0, height - 1 - h * scale)
    return left, top, w * scale, h * scale


def window(image, box, pixels, smoothed=True):
    """The pixels of a box (x, y, width, height) as a square of floats; halved first while
    there are more than two pixels for one, unless it shall only be sampled."""
    image = np.ascontiguousarray(image, np.float32)
    x, y, w, h = box
    while smoothed and np.sqrt(w * h) / pixels > 2:
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        x, y, w, h = x / 2, y / 2, w / 2, h / 2
    across, down = w / pixels, h / pixels
    to_image = np.array([[across, 0, x + across / 2 - 0.5], [0, down, y + down / 2 - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, to_image, (pixels, pixels), flags=how, borderMode=cv2.BORDER_REPLICATE)


def similarity(source, target):
    """The 2 x 3 matrix of the least-squares similarity from `source` to `target` (Umeyama 1991)."""
    ms, mt = source.mean(0), target.mean(0)
    s, t = source - ms, target - mt
    u, d, vt = np.linalg.svd(t.T @ s)
    flip = np.diag([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ flip @ vt
    scale = (d * np.diag(flip)).sum() / (s**2).sum()
    return np.hstack([scale * rotation, (mt - scale * rotation @ ms)[:, None]])
