//! Fingers: as pictures, as pixels, as they are kept, and as other vendors' records.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use tanda_biometrics::finger::{FingerPosition, FingerRecord, FingerTemplate, FingerView};

const SIDE: u32 = 120;

/// Ridges around a point, which end at a line.
fn ridges(middle: u32) -> GrayImage {
    GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let (right, down) = (f64::from(x) - f64::from(middle), f64::from(y) - 20.0);
        let turns = right.hypot(down) / 9.0 + 3.0 * right.atan2(down) / std::f64::consts::TAU;
        Luma([if turns.fract().abs() < 0.5 { 40 } else { 220 }])
    })
}

/// Minutiae in rows, each a little farther to the right.
fn template(middle: u8) -> FingerTemplate {
    let minutiae = (0..24).flat_map(|at| [(at % 2) << 7, middle + 5 * at, 0, 8 * at, 11 * at]);
    let bytes: Vec<u8> = [1, 24].into_iter().chain(minutiae).collect();
    FingerTemplate::from_bytes(&bytes).unwrap()
}

pub(super) fn fingers() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let encoded = |picture: DynamicImage, format, known: u8| {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        [vec![known], file.into_inner()].concat()
    };
    let small =
        DynamicImage::ImageLuma8(GrayImage::from_fn(100, 100, |x, y| *ridges(50).get_pixel(x, y)));
    let grey = DynamicImage::ImageLuma8(ridges(60));
    let pictures = vec![
        encoded(grey.clone(), ImageFormat::Png, 1),
        encoded(DynamicImage::ImageRgb8(grey.to_rgb8()), ImageFormat::Png, 1),
        encoded(small.clone(), ImageFormat::Bmp, 0),
        encoded(small.clone(), ImageFormat::Bmp, 1),
        encoded(small.clone(), ImageFormat::Tiff, 1),
        encoded(small, ImageFormat::Pnm, 1),
    ];
    let wide =
        |width: u32, pixels: &[u8]| [&[u8::try_from(width - 96).unwrap()][..], pixels].concat();
    let pixels = vec![
        wide(SIDE, ridges(60).as_raw()),
        wide(96, &[255; 96 * 128]),
        wide(128, &[255; 128 * 128]),
    ];
    let positions = [FingerPosition::RightIndex, FingerPosition::LeftIndex];
    // Two fingers, of the second two impressions.
    let kept = [&[1, 2, 2, 1][..], &template(40).to_bytes(), &[7, 2], &template(80).to_bytes()]
        .concat()
        .into_iter()
        .chain(template(81).to_bytes());
    let templates = vec![template(60).to_bytes(), kept.collect()];
    let view = |position, middle| FingerView { position, quality: 75, template: template(middle) };
    let record = |views| FingerRecord { views }.to_bytes();
    let records = vec![
        record(vec![view(None, 60)]),
        record(vec![view(Some(positions[0]), 40), view(Some(positions[1]), 80)]),
    ];
    vec![
        ("finger_image", pictures),
        ("finger_minutiae", pixels),
        ("finger_template", templates),
        ("finger_record", records),
    ]
}
