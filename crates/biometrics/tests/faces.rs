//! The models on rendered people (sandbox/people): finding, comparing, following the challenge.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use tanda_biometrics::{
    CaptureAssessment, DetectError, Embedding, FACE_MATCH_THRESHOLD, Frame, Gallery, Guidance,
    Models, PAD_THRESHOLD, Shot, ShotError, Step, duplicate_threshold,
};

static MODELS: LazyLock<Models> =
    LazyLock::new(|| match Models::load(&repository().join("models")) {
        Ok(models) => models,
        Err(error) => panic!("{error}"),
    });

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn bytes(person: &str, shot: &str) -> Vec<u8> {
    let path = repository().join(format!("sandbox/people/{person}/{shot}.jpg"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn frame(person: &str, shot: &str) -> Frame {
    Frame::parse(&bytes(person, shot)).unwrap()
}

fn picture(person: &str, shot: &str) -> RgbImage {
    image::load_from_memory(&bytes(person, shot)).unwrap().into_rgb8()
}

fn to_frame(picture: RgbImage) -> Frame {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    Frame::parse(bytes.get_ref()).unwrap()
}

fn embed(frame: &Frame) -> Embedding {
    MODELS.embed(frame, &MODELS.only_face(frame).unwrap()).unwrap()
}

fn guidance(step: Step, frame: &Frame) -> Guidance {
    MODELS.assess_frame(step, frame).unwrap().guidance
}

const PEOPLE: [&str; 2] = ["01", "02"];
const SHOTS: [(Step, &str); 4] = [
    (Step::LookStraight, "front"),
    (Step::TurnLeft, "left"),
    (Step::TurnRight, "right"),
    (Step::CloseEyes, "closed"),
];

fn shots(person: &str, steps: &[Step]) -> Vec<Shot> {
    steps
        .iter()
        .map(|&step| {
            let name = SHOTS.iter().find(|(shown, _)| *shown == step).unwrap().1;
            let frame = frame(person, name);
            let seen = MODELS.assess_frame(step, &frame).unwrap();
            let shot = MODELS.take_shot(&frame, &seen);
            shot.unwrap_or_else(|error| panic!("{person} {name}: {error:?}, {:?}", seen.guidance))
        })
        .collect()
}

#[test]
fn one_person_is_alike_and_two_are_not() {
    for person in PEOPLE {
        let portrait = embed(&frame(person, "portrait"));
        for shot in ["front", "half-left", "half-right", "left", "right", "closed"] {
            assert!(
                portrait.similarity(&embed(&frame(person, shot))) >= FACE_MATCH_THRESHOLD,
                "{person} {shot}"
            );
        }
        let other = PEOPLE.into_iter().find(|other| *other != person).unwrap();
        assert!(
            portrait.similarity(&embed(&frame(other, "front"))) < FACE_MATCH_THRESHOLD,
            "{person}"
        );
    }
}

#[test]
fn each_step_is_told_from_every_other() {
    for person in PEOPLE {
        for (shown, name) in SHOTS {
            let frame = frame(person, name);
            for step in Step::ALL {
                let good = guidance(step, &frame) == Guidance::Good;
                // Closed eyes are a straight look, too; nothing else is two things.
                let expected =
                    step == shown || (step == Step::LookStraight && shown == Step::CloseEyes);
                assert_eq!(good, expected, "{person} {name} for {step:?}");
            }
        }
        let front = frame(person, "front");
        assert_eq!(guidance(Step::TurnLeft, &front), Guidance::TurnLeft);
        assert_eq!(guidance(Step::TurnRight, &front), Guidance::TurnRight);
        assert_eq!(guidance(Step::CloseEyes, &front), Guidance::CloseEyes);
        assert_eq!(guidance(Step::LookStraight, &frame(person, "left")), Guidance::LookStraight);
    }
}

#[test]
fn a_mirrored_frame_turns_the_other_way() {
    let mirrored = to_frame(imageops::flip_horizontal(&picture("01", "left")));
    assert_eq!(guidance(Step::TurnRight, &mirrored), Guidance::Good);
    assert_eq!(guidance(Step::TurnLeft, &mirrored), Guidance::TurnLeft);
}

#[test]
fn a_live_capture_passes_and_matches_its_own_portrait_only() {
    let challenge =
        [Step::LookStraight, Step::TurnRight, Step::CloseEyes, Step::TurnLeft, Step::LookStraight];
    let mut gallery = Gallery::new();
    for (id, person) in (0..).zip(PEOPLE) {
        gallery.push(
            id,
            &MODELS.enrol_portrait(&frame(person, "portrait")).unwrap().embedding.quantise(),
        );
    }
    for (id, person) in (0..).zip(PEOPLE) {
        let weighed = CaptureAssessment::weigh(&challenge, &shots(person, &challenge)).unwrap();
        assert!(
            weighed.passed(),
            "{person}: pad {}, consistency {}",
            weighed.pad,
            weighed.consistency
        );
        let hits =
            &gallery.search(&[weighed.fused.quantise()], 5, duplicate_threshold(gallery.len()))[0];
        assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [id], "{person}");
        assert!(hits[0].similarity >= FACE_MATCH_THRESHOLD);
    }
}

/// Everybody in sandbox/people, by the name of their folder.
fn everybody() -> Vec<String> {
    let entries = fs::read_dir(repository().join("sandbox/people")).unwrap();
    let people: Vec<String> = entries
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(people.len() >= 12, "{people:?}");
    people
}

#[test]
fn everybody_passes_live_and_nobody_on_paper() {
    let challenge = [Step::LookStraight, Step::TurnRight, Step::CloseEyes, Step::TurnLeft];
    for person in everybody() {
        let weighed = CaptureAssessment::weigh(&challenge, &shots(&person, &challenge)).unwrap();
        assert!(weighed.passed(), "{person}: {weighed:?}");
        let print = frame(&person, "print");
        let pad = MODELS.liveness(&print, &MODELS.only_face(&print).unwrap()).unwrap();
        assert!(pad < PAD_THRESHOLD, "{person}: {pad}");
    }
}

#[test]
fn everybody_is_only_themself() {
    let pictures = ["portrait", "front", "left", "right", "closed"];
    let seen: Vec<(String, Vec<Embedding>)> = everybody()
        .into_iter()
        .map(|person| {
            let embeddings = pictures.map(|shot| embed(&frame(&person, shot))).into();
            (person, embeddings)
        })
        .collect();
    for (at, (one, ones)) in seen.iter().enumerate() {
        for (other, others) in &seen[at + 1..] {
            let likeness = ones
                .iter()
                .flat_map(|mine| others.iter().map(|theirs| mine.similarity(theirs)))
                .fold(-1.0, f32::max);
            assert!(likeness < FACE_MATCH_THRESHOLD, "{one} and {other}: {likeness}");
        }
    }
}

#[test]
fn somebody_else_in_the_middle_of_a_capture_is_noticed() {
    let challenge = [Step::LookStraight, Step::TurnRight, Step::CloseEyes];
    let mut mixed = shots("01", &challenge);
    mixed[1] = shots("02", &challenge).remove(1);
    let weighed = CaptureAssessment::weigh(&challenge, &mixed).unwrap();
    assert!(weighed.pad_passed && !weighed.same_person && !weighed.passed());
}

#[test]
fn a_printed_photograph_is_noticed() {
    for person in PEOPLE {
        let print = frame(person, "print");
        let face = MODELS.only_face(&print).unwrap();
        assert!(MODELS.liveness(&print, &face).unwrap() < PAD_THRESHOLD, "{person}");
        for (_, shot) in SHOTS {
            let frame = frame(person, shot);
            let live = MODELS.liveness(&frame, &MODELS.only_face(&frame).unwrap()).unwrap();
            assert!(live >= PAD_THRESHOLD, "{person} {shot}: {live}");
        }
    }
}

#[test]
fn a_frame_that_does_not_do_its_step_is_no_shot() {
    let frame = frame("01", "front");
    let assessment = MODELS.assess_frame(Step::TurnLeft, &frame).unwrap();
    assert!(matches!(MODELS.take_shot(&frame, &assessment), Err(ShotError::NotGood)));
}

#[test]
fn nobody_and_two_people_are_told_apart() {
    let empty = to_frame(RgbImage::from_pixel(640, 480, Rgb([128, 120, 110])));
    assert!(matches!(MODELS.only_face(&empty), Err(DetectError::NoFace)));
    assert_eq!(guidance(Step::LookStraight, &empty), Guidance::NoFace);
    let (one, other) = (picture("01", "front"), picture("02", "front"));
    let mut both = RgbImage::new(1280, 480);
    imageops::replace(&mut both, &one, 0, 0);
    imageops::replace(&mut both, &other, 640, 0);
    let both = to_frame(both);
    assert!(matches!(MODELS.only_face(&both), Err(DetectError::TooManyFaces)));
    assert_eq!(guidance(Step::LookStraight, &both), Guidance::TwoFaces);
}

#[test]
fn what_is_wrong_with_a_picture_is_said() {
    let front = picture("01", "front");
    let on_grey = |width: u32, x: i64, y: i64| {
        let mut canvas = RgbImage::from_pixel(640, 480, Rgb([120, 118, 116]));
        let small = imageops::resize(&front, width, width * 3 / 4, imageops::FilterType::Triangle);
        imageops::replace(&mut canvas, &small, x, y);
        to_frame(canvas)
    };
    assert_eq!(guidance(Step::LookStraight, &on_grey(250, 195, 146)), Guidance::TooFar);
    assert_eq!(guidance(Step::LookStraight, &on_grey(400, 330, 180)), Guidance::OffCentre);
    let close = imageops::crop_imm(&front, 230, 110, 220, 260).to_image();
    assert_eq!(guidance(Step::LookStraight, &to_frame(close)), Guidance::TooNear);
    let dimmed = |factor: f32, add: f32| {
        let mut picture = front.clone();
        picture.iter_mut().for_each(|value| {
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
            let dim = (f32::from(*value) * factor + add).clamp(0.0, 255.0) as u8;
            *value = dim;
        });
        to_frame(picture)
    };
    assert_eq!(guidance(Step::LookStraight, &dimmed(0.25, 0.0)), Guidance::TooDark);
    assert_eq!(guidance(Step::LookStraight, &dimmed(0.3, 205.0)), Guidance::TooBright);
    assert_eq!(
        guidance(Step::LookStraight, &to_frame(imageops::blur(&front, 6.0))),
        Guidance::Blurred
    );
}

#[test]
fn a_big_face_is_found_and_the_same_at_any_size() {
    let portrait = picture("01", "portrait");
    let own = embed(&to_frame(portrait.clone()));
    for width in [200, 900, 2400] {
        let height = width * portrait.height() / portrait.width();
        let scaled =
            to_frame(imageops::resize(&portrait, width, height, imageops::FilterType::Triangle));
        let similarity = own.similarity(&embed(&scaled));
        assert!(similarity > 0.9, "{width}: {similarity}");
    }
}

#[test]
fn the_card_s_picture_fits_and_shows_the_face() {
    for person in PEOPLE {
        let portrait = frame(person, "portrait");
        let checked = MODELS.enrol_portrait(&portrait).unwrap();
        assert_eq!(checked.warning, None);
        let jpeg = portrait.portrait_jpeg(&checked.face, 20_000).unwrap();
        assert!(jpeg.len() <= 20_000);
        let cut = Frame::parse(&jpeg).unwrap();
        assert_eq!(cut.width() * 4, cut.height() * 3);
        assert!(checked.embedding.similarity(&embed(&cut)) > 0.85, "{person}");
    }
}
