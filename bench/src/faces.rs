//! A face application's own work on the server, beside the bare inference of the same frames: the
//! same networks as often, on blank pictures, with nothing of ours around them.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tanda_biometrics::{
    CaptureAssessment, Embedding, FACE_MATCH_THRESHOLD, Frame, Gallery, Models, NetworkName,
    QuantisedEmbedding, Step, duplicate_threshold,
};
use tanda_journeys::{Citizen, ordinary, root};

use crate::cpu::{self, by_turns, median, median_ratio, turn};
use crate::table::{Goal, Row};

/// A challenge as it is drawn: five steps, with one of each kind.
const CHALLENGE: [(Step, &str); 5] = [
    (Step::LookStraight, "front.jpg"),
    (Step::TurnLeft, "left.jpg"),
    (Step::CloseEyes, "closed.jpg"),
    (Step::TurnRight, "right.jpg"),
    (Step::LookStraight, "front.jpg"),
];
const ROUNDS: usize = 7;
/// Faces already enrolled.
const ENROLLED: u64 = 10_000;

/// Five frames from JPEG to decision: guidance, liveness, embedding, 1:1 and 1:N.
pub(crate) fn measure() -> Vec<Row> {
    let models = Models::load(&root().join("models")).unwrap();
    let [citizen] = <[Citizen; 1]>::try_from(ordinary(1)).unwrap();
    let read = |name: &str| std::fs::read(citizen.pictures.join(name)).unwrap();
    let jpegs = CHALLENGE.map(|(step, name)| (step, read(name)));
    let portrait = models.enrol_portrait(&Frame::parse(&read("portrait.jpg")).unwrap()).unwrap();
    let gallery = gallery();
    let mut ours = turn(cpu::process, 1, || {
        assert!(apply(&models, &jpegs, &portrait.embedding, &gallery));
    });
    let frame = Frame::parse(&jpegs[0].1).unwrap();
    let networks = networks(&frame);
    let mut bare = turn(cpu::process, 1, || {
        for &(network, width, height) in &networks {
            models.run_blank(network, width, height).unwrap();
        }
    });
    let [ours, bare] = by_turns(ROUNDS, [&mut ours, &mut bare]);
    let ratio = median_ratio(&ours, &bare);
    vec![Row {
        what: format!(
            "face application, server side: five frames of {} × {} from JPEG to decision",
            frame.width(),
            frame.height()
        ),
        figure: format!("{:.0} CPU-ms", median(&ours) * 1e3),
        beside: format!("{:.0} CPU-ms bare inference", median(&bare) * 1e3),
        ratio: Some(ratio),
        goal: Goal::at_most(ratio, 1.15, "≤ 1.15 × bare inference"),
    }]
}

/// What the authority does with a capture, less storage. Whether the applicant passes.
fn apply(
    models: &Models,
    jpegs: &[(Step, Vec<u8>)],
    portrait: &Embedding,
    gallery: &Gallery,
) -> bool {
    let mut shots = Vec::new();
    for (step, jpeg) in jpegs {
        let frame = Frame::parse(jpeg).unwrap();
        let assessment = models.assess_frame(*step, &frame).unwrap();
        shots.push(models.take_shot(&frame, &assessment).unwrap());
    }
    let challenge: Vec<Step> = jpegs.iter().map(|(step, _)| *step).collect();
    let weighed = CaptureAssessment::weigh(&challenge, &shots).unwrap();
    let threshold = duplicate_threshold(gallery.len());
    let others = gallery.search(&[weighed.fused.quantise()], 2, threshold);
    weighed.passed()
        && weighed.fused.similarity(portrait) >= FACE_MATCH_THRESHOLD
        && others.iter().all(Vec::is_empty)
}

/// The networks that the five frames go through, with the sizes of their pictures in pixels.
fn networks(frame: &Frame) -> Vec<(NetworkName, usize, usize)> {
    // The detector sees the frame with its longer side shrunk to 320, padded to steps of 32.
    let longer = frame.width().max(frame.height());
    let side = |length: usize| (length * 320 / longer).next_multiple_of(32);
    let mut networks = Vec::new();
    for (step, _) in CHALLENGE {
        networks.push((NetworkName::Detector, side(frame.width()), side(frame.height())));
        networks.push((NetworkName::Pose, 224, 224));
        if step == Step::CloseEyes {
            networks.push((NetworkName::Landmarks, 64, 64));
            networks.extend([(NetworkName::Eye, 24, 24); 2]);
        }
        networks.push((NetworkName::Pad, 128, 128));
        networks.push((NetworkName::Embedder, 112, 112));
    }
    networks
}

/// Strangers, none of whom is like anybody.
fn gallery() -> Gallery {
    let mut rng = StdRng::seed_from_u64(11);
    let mut gallery = Gallery::new();
    for id in 0..ENROLLED {
        let mut bytes = [0_u8; 128];
        rng.fill_bytes(&mut bytes);
        let face = QuantisedEmbedding::from_values(bytes.map(|byte| byte.cast_signed() / 6));
        gallery.push(id, &face);
    }
    gallery
}
