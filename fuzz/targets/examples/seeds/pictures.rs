//! Pictures, and a model that looks at them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub(super) fn pictures() -> Vec<Vec<u8>> {
    let picture =
        RgbImage::from_fn(
            64,
            64,
            |x, y| if x < y { Rgb([200, 20, 20]) } else { Rgb([20, 20, 200]) },
        );
    let encoded = |picture: DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let colour = DynamicImage::ImageRgb8(picture);
    let jpeg = encoded(colour.clone(), ImageFormat::Jpeg);
    // An EXIF segment that says: turned by a quarter.
    let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = u8::try_from(2 + 6 + tiff.len()).unwrap();
    let turned =
        [&jpeg[..2], &[0xff, 0xe1, 0, length], b"Exif\0\0", tiff.as_slice(), &jpeg[2..]].concat();
    vec![
        jpeg,
        turned,
        encoded(DynamicImage::ImageLuma8(colour.to_luma8()), ImageFormat::Jpeg),
        encoded(colour.clone(), ImageFormat::Png),
        encoded(DynamicImage::ImageLumaA16(colour.to_luma_alpha16()), ImageFormat::Png),
        encoded(colour.clone(), ImageFormat::WebP),
        encoded(DynamicImage::ImageRgba8(colour.to_rgba8()), ImageFormat::WebP),
    ]
}

/// A graph that folds: a weight in two blocks, reshaped, behind a dropped `Dropout`.
pub(super) fn models() -> Vec<Vec<u8>> {
    let field = |tag: u8, bytes: &[u8]| {
        [&[tag << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    };
    let number = |tag: u8, value: u8| vec![tag << 3, value];
    let attribute = |name: &str, value| {
        field(5, &[field(1, name.as_bytes()), number(3, value), vec![0xa0, 1, 2]].concat())
    };
    let node = |op: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]| {
        let inputs: Vec<u8> = inputs.iter().flat_map(|name| field(1, name.as_bytes())).collect();
        let output = field(2, output.as_bytes());
        field(1, &[inputs, output, field(4, op.as_bytes()), attributes.concat()].concat())
    };
    let tensor = |name: &str, dims: &[u8], kind: u8, raw: &[u8]| {
        let dims: Vec<u8> = dims.iter().flat_map(|dim| number(1, *dim)).collect();
        field(5, &[dims, number(2, kind), field(8, name.as_bytes()), field(9, raw)].concat())
    };
    let floats: Vec<u8> = [1.0_f32, 10.0, 0.5, 2.0].iter().flat_map(|f| f.to_le_bytes()).collect();
    let shape: Vec<u8> = [3_i64, 2].iter().flat_map(|side| side.to_le_bytes()).collect();
    let graph = [
        node(
            "DequantizeLinear",
            &["q", "s", "z"],
            "d",
            &[attribute("axis", 1), attribute("block_size", 2)],
        ),
        node("Reshape", &["d", "shape"], "w", &[]),
        node("Dropout", &["x"], "y", &[]),
        node("MatMul", &["y", "w"], "out", &[]),
        tensor("q", &[2, 3], 3, &[1, 2, 3, 4, 5, 0xff]),
        tensor("s", &[2, 2], 1, &floats),
        tensor("z", &[2, 2], 3, &[0, 1, 0, 0]),
        tensor("shape", &[2], 7, &shape),
        field(11, &field(1, b"x")),
        field(12, &field(1, b"out")),
    ]
    .concat();
    let length = u16::try_from(graph.len()).unwrap();
    let ([low, _], [high, _]) = ((length & 0x7f | 0x80).to_le_bytes(), (length >> 7).to_le_bytes());
    vec![[&[0x08, 6, 0x3a, low, high], graph.as_slice()].concat()]
}
