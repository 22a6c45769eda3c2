//! Geometry on pixels: shrinking by area, and sampling through an affine map.

use rten_tensor::NdTensor;

use crate::frame::Frame;

/// Shrinks `frame` to `width` × `height` pixels, each the mean of the area that it covers.
pub(crate) fn shrink(frame: &Frame, width: usize, height: usize) -> Frame {
    let columns = spans(frame.width(), width);
    let rows = spans(frame.height(), height);
    let stride = frame.width() * 3;
    let mut sums = vec![0.0_f32; stride];
    let mut rgb = Vec::with_capacity(width * height * 3);
    for (first, weights) in &rows {
        sums.fill(0.0);
        for (offset, &weight) in weights.iter().enumerate() {
            let start = (first + offset) * stride;
            for (sum, &value) in sums.iter_mut().zip(&frame.rgb()[start..start + stride]) {
                *sum += weight * f32::from(value);
            }
        }
        for (first, weights) in &columns {
            let mut pixel = [0.0_f32; 3];
            for (source, &weight) in sums[first * 3..].chunks_exact(3).zip(weights) {
                for (sum, value) in pixel.iter_mut().zip(source) {
                    *sum += weight * value;
                }
            }
            rgb.extend(pixel.map(byte));
        }
    }
    Frame::from_rgb(width, height, rgb)
}

/// For each of `to` cells: the first of `from` cells that it covers, and the share of each.
fn spans(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let ratio = from as f32 / to as f32;
    (0..to)
        .map(|cell| {
            let (start, end) = (cell as f32 * ratio, (cell as f32 + 1.0) * ratio);
            let first = whole(start).min(from - 1);
            let last = whole(end.ceil()).clamp(first + 1, from);
            let mut weights: Vec<f32> = (first..last)
                .map(|source| (end.min(source as f32 + 1.0) - start.max(source as f32)).max(0.0))
                .collect();
            let total: f32 = weights.iter().sum();
            if total > 0.0 {
                weights.iter_mut().for_each(|weight| *weight /= total);
            } else {
                weights.fill(1.0 / (last - first) as f32);
            }
            (first, weights)
        })
        .collect()
}

/// `x' = a·x - b·y + tx`, `y' = b·x + a·y + ty`, with scales of their own when the map is a crop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Affine {
    pub(crate) xx: f32,
    pub(crate) xy: f32,
    pub(crate) x: f32,
    pub(crate) yx: f32,
    pub(crate) yy: f32,
    pub(crate) y: f32,
}

impl Affine {
    /// The map from a `width` × `height` picture onto the rectangle at `(left, top)` of `size`,
    /// pixel areas onto pixel areas.
    pub(crate) fn crop(left: f32, top: f32, size: (f32, f32), width: usize, height: usize) -> Self {
        let (sx, sy) = (size.0 / width as f32, size.1 / height as f32);
        Self { xx: sx, xy: 0.0, x: left + 0.5 * sx - 0.5, yx: 0.0, yy: sy, y: top + 0.5 * sy - 0.5 }
    }

    fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        (self.xx * x + self.xy * y + self.x, self.yx * x + self.yy * y + self.y)
    }

    /// How many source pixels a step of one pixel spans.
    fn scale(&self) -> f32 {
        (self.xx * self.yy - self.xy * self.yx).abs().sqrt()
    }

    /// The same map onto the source at half its size.
    fn halved(&self) -> Self {
        Self {
            xx: self.xx / 2.0,
            xy: self.xy / 2.0,
            x: (self.x + 0.5) / 2.0 - 0.5,
            yx: self.yx / 2.0,
            yy: self.yy / 2.0,
            y: (self.y + 0.5) / 2.0 - 0.5,
        }
    }
}

/// How a warp treats a source that is much bigger than the target.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Smooth it first, so that no pixel of it is skipped.
    Smoothed,
    /// Sample it as it is: for models that were trained on such crops.
    Sampled,
}

/// Samples `frame` bilinearly at `map` of each target pixel; beyond its edge, the edge repeats.
/// The answer holds `height` rows of `width` RGB triples, 0 to 255.
pub(crate) fn warp(
    frame: &Frame,
    map: &Affine,
    width: usize,
    height: usize,
    detail: Detail,
) -> Vec<[f32; 3]> {
    if detail == Detail::Smoothed && map.scale() > 2.0 && frame.width().min(frame.height()) > 1 {
        return warp(frame.half(), &map.halved(), width, height, detail);
    }
    let (right, bottom) = (frame.width() - 1, frame.height() - 1);
    let rgb = frame.rgb();
    let pixel = |x: usize, y: usize| {
        let at = (y * frame.width() + x) * 3;
        [f32::from(rgb[at]), f32::from(rgb[at + 1]), f32::from(rgb[at + 2])]
    };
    let mut samples = Vec::with_capacity(width * height);
    for row in 0..height {
        for column in 0..width {
            let (x, y) = map.apply(column as f32, row as f32);
            let (x, y) = (x.clamp(0.0, right as f32), y.clamp(0.0, bottom as f32));
            let (left, top) = (whole(x), whole(y));
            let (fx, fy) = (x - left as f32, y - top as f32);
            let (next, below) = ((left + 1).min(right), (top + 1).min(bottom));
            let (a, b, c, d) =
                (pixel(left, top), pixel(next, top), pixel(left, below), pixel(next, below));
            samples.push(std::array::from_fn(|channel| {
                let upper = a[channel] + (b[channel] - a[channel]) * fx;
                let lower = c[channel] + (d[channel] - c[channel]) * fx;
                upper + (lower - upper) * fy
            }));
        }
    }
    samples
}

/// Lays pixels out as a network takes them: plane after plane, each value through `plane`.
pub(crate) fn planar<const N: usize>(
    pixels: &[[f32; 3]],
    width: usize,
    height: usize,
    planes: &[impl Fn(&[f32; 3]) -> f32; N],
) -> NdTensor<f32, 4> {
    let data: Vec<f32> = planes.iter().flat_map(|plane| pixels.iter().map(plane)).collect();
    NdTensor::from_data([1, N, height, width], data)
}

/// Rounds RGB triples to bytes.
pub(crate) fn bytes(pixels: &[[f32; 3]]) -> Vec<u8> {
    pixels.iter().flat_map(|pixel| pixel.map(byte)).collect()
}

/// The brightness of an RGB triple (ITU-R BT.601).
pub(crate) fn luma(pixel: &[f32; 3]) -> f32 {
    0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// A coordinate that is not negative, without its fraction.
#[expect(clippy::cast_possible_truncation, reason = "float-to-integer casts saturate")]
fn whole(value: f32) -> usize {
    value as usize
}
