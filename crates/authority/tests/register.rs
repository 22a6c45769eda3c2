//! Filling the register: what is refused is said row by row, nothing is half-imported, and nothing
//! of anybody is in the file in the clear. Needs the face models (`scripts/models.sh`).

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::date;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_authority::Officer;
use tanda_authority::register::{
    AddError, FaultCode, ImportReport, ImportRequest, Mark, NewResident, Register, RegisterError,
};
use tanda_authority::sandbox::{self, Seeded};
use tanda_authority::sealing::Sealing;
use tanda_biometrics::Models;
use tanda_biometrics::finger::{
    FingerPosition, FingerRecord, FingerReference, FingerTemplate, FingerView,
};
use tanda_model::number::gb11643;
use tanda_model::{Fate, Marks, PersonName, ResidentNumber};
use tanda_sandbox_finger::{PrintFault, SimulatedFinger};
use tanda_storage::{Authority, Store, StoreOptions};

static MODELS: LazyLock<Arc<Models>> =
    LazyLock::new(|| Arc::new(Models::load(&repository().join("models")).unwrap()));

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn portrait() -> Vec<u8> {
    fs::read(repository().join("sandbox/people/01/portrait.jpg")).unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn officer() -> Officer {
    let reason = "a test of the register".parse().unwrap();
    Officer::custodian("tester", reason, Some("case-1".parse().unwrap()))
}

struct City {
    folder: tempfile::TempDir,
    store: Store<Authority>,
    register: Register,
    rng: StdRng,
}

impl City {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("face.jpg"), portrait()).unwrap();
        let (store, register) = open(folder.path()).await;
        Self { folder, store, register, rng: StdRng::seed_from_u64(7) }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// As after a crash: everything in memory is gone.
    async fn reopen(&mut self) {
        (self.store, self.register) = open(self.folder.path()).await;
    }

    async fn import(&mut self, file: &str, text: &str, skip_bad: bool) -> ImportReport {
        let file = self.path().join(file);
        fs::write(&file, text).unwrap();
        let request = ImportRequest { file, portraits: None, format: None, skip_bad, threads: 2 };
        let mut seen = Vec::new();
        let mut progress = |progress| seen.push(progress);
        let register = self.register.clone();
        let report = register
            .import(&request, &MODELS, &officer(), &mut progress, now(), &mut self.rng)
            .await
            .unwrap();
        let last = seen.last().unwrap();
        assert_eq!(last.bytes_done, last.bytes_total);
        report
    }

    async fn add(&mut self, number: &str, photo: Vec<u8>) -> Result<(), AddError> {
        let register = self.register.clone();
        let new = person(number);
        register.add(new, photo, &MODELS, &officer(), now(), &mut self.rng).await.map(drop)
    }
}

async fn open(folder: &Path) -> (Store<Authority>, Register) {
    let path = folder.join("authority/store.db");
    let store = Store::open(&path, &StoreOptions::default()).await.unwrap();
    let numbers = hmac::Key::new(hmac::HMAC_SHA256, &[9; 32]);
    let register =
        Register::new(store.clone(), Arc::new(Sealing::new(&[7; 32])), numbers, Fate::Dies);
    (store, register)
}

fn number(serial: u16) -> String {
    gb11643::compose(440_115, date(1990, 5, 17), serial * 2).unwrap().as_str().to_owned()
}

fn person(number: &str) -> NewResident {
    let number: ResidentNumber = number.parse().unwrap();
    NewResident {
        name: PersonName::new("Canaryfamily", "Canarygiven").unwrap(),
        birth_date: date(1990, 5, 17),
        sex: number.sex(),
        nationalities: Vec::new(),
        marks: Marks::default(),
        number,
    }
}

fn row(serial: u16, change: &str) -> String {
    let mut row = serde_json::json!({
        "number": number(serial), "family_name": "Canaryfamily", "given_name": "Canarygiven",
        "birth_date": "1990-05-17", "sex": 2, "portrait": "face.jpg",
    });
    let change: serde_json::Value = serde_json::from_str(change).unwrap();
    for (key, value) in change.as_object().unwrap() {
        row[key] = value.clone();
    }
    format!("{row}\n")
}

fn faults(report: &ImportReport) -> Vec<(u64, &str, FaultCode)> {
    report.faults.iter().map(|fault| (fault.line, fault.field.as_str(), fault.code)).collect()
}

fn picture(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_pixel(width, height, image::Rgb([120, 130, 140]))
}

fn jpeg(picture: &image::RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture
        .write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90))
        .unwrap();
    bytes
}

fn two_faces() -> Vec<u8> {
    let face = image::load_from_memory(&portrait()).unwrap().to_rgb8();
    let mut both = picture(face.width() * 2, face.height());
    image::imageops::replace(&mut both, &face, 0, 0);
    image::imageops::replace(&mut both, &face, i64::from(face.width()), 0);
    jpeg(&both)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_row_in_the_middle_keeps_the_whole_file_out() {
    let mut city = City::new().await;
    let text = row(1, "{}") + &row(2, r#"{"birth_date": "1990-05-18"}"#) + &row(3, "{}");
    let report = city.import("people.jsonl", &text, false).await;
    assert_eq!((report.added, report.good, report.refused), (0, 2, 1));
    assert_eq!(faults(&report), [(2, "birth_date", FaultCode::BirthDateDiffers)]);
    let sentence = report.faults[0].to_string();
    assert!(sentence.starts_with("line 2, birth_date: the birth date differs"), "{sentence}");
    assert!(!sentence.contains("1990"), "{sentence}");
    assert_eq!(city.register.count().await.unwrap(), 0);

    let report = city.import("people.jsonl", &text, true).await;
    assert_eq!((report.added, report.refused, report.resumed_after_line), (2, 1, None));
    let entry = city.register.entry(&number(3).parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(entry.resident.name.full(), "Canarygiven Canaryfamily");
    assert!(city.register.entry(&number(2).parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn portraits_that_are_none_are_refused_each_by_its_name() {
    let mut city = City::new().await;
    let whole = portrait();
    for (name, bytes) in [
        ("text.jpg", b"This is no picture.".to_vec()),
        ("cut.jpg", whole[..whole.len() / 2].to_vec()),
        ("empty.jpg", Vec::new()),
        ("grey.jpg", jpeg(&picture(400, 500))),
        ("two.jpg", two_faces()),
        ("huge.jpg", vec![0xff; 9 << 20]),
    ] {
        fs::write(city.path().join(name), bytes).unwrap();
    }
    let at = |serial, file: &str| row(serial, &serde_json::json!({ "portrait": file }).to_string());
    let text = at(1, "text.jpg")
        + &at(2, "cut.jpg")
        + &at(3, "empty.jpg")
        + &at(4, "grey.jpg")
        + &at(5, "two.jpg")
        + &at(6, "huge.jpg")
        + &at(7, "../outside.jpg")
        + &at(8, "missing.jpg")
        + &row(9, r#"{"portrait": null, "portrait_base64": "AAAA"}"#);
    let report = city.import("people.jsonl", &text, false).await;
    let codes: Vec<_> = faults(&report).into_iter().map(|(_, _, code)| code).collect();
    assert_eq!(
        codes,
        [
            FaultCode::PortraitNotAPicture,
            FaultCode::PortraitDamaged,
            FaultCode::PortraitNotAPicture,
            FaultCode::PortraitNoFace,
            FaultCode::PortraitTwoFaces,
            FaultCode::PortraitTooBig,
            FaultCode::PortraitOutside,
            FaultCode::PortraitUnreadable,
            FaultCode::PortraitNotAPicture,
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_there_once() {
    let mut city = City::new().await;
    city.add(&number(1), portrait()).await.unwrap();
    assert!(matches!(city.add(&number(1), portrait()).await, Err(AddError::NumberTaken)));
    let header = "number,family_name,given_name,birth_date,sex,portrait,card_lost\n";
    let line = |n| format!("{},Sand,\"Box, jr.\",1990-05-17,2,face.jpg,\n", number(n));
    let report = city.import("a.csv", &(header.to_owned() + &line(1)), false).await;
    assert_eq!(faults(&report), [(2, "given_name", FaultCode::NameCharacter)]);
    let line = |n| format!("{},Sand,\"Box\n jr.\",1990-05-17,2,face.jpg,true\n", number(n));
    let text = header.to_owned() + &line(1) + &line(2) + &line(2);
    let report = city.import("b.csv", &text, true).await;
    assert_eq!(
        faults(&report),
        [(2, "number", FaultCode::NumberTaken), (6, "number", FaultCode::NumberTwice)]
    );
    assert_eq!(report.added, 1);
    let entry = city.register.entry(&number(2).parse().unwrap()).await.unwrap().unwrap();
    assert!(entry.resident.marks.card_lost);
    assert_eq!(entry.resident.name.given(), "Box jr.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_off_import_is_not_seen_and_goes_on_after_its_last_batch() {
    let mut city = City::new().await;
    // Three batches; most rows are refused before any portrait is looked at, which keeps this fast.
    let text: String = (1..=150)
        .map(|n| row(n, if n % 50 == 0 { "{}" } else { r#"{"family_name": ""}"# }))
        .collect();
    let file = city.path().join("people.jsonl");
    fs::write(&file, &text).unwrap();
    let request = ImportRequest { file, portraits: None, format: None, skip_bad: true, threads: 2 };
    let register = city.register.clone();
    let cut_off = tokio::spawn(async move {
        let mut rng = StdRng::seed_from_u64(1);
        let mut progress = |_| panic!("the power is cut");
        register.import(&request, &MODELS, &officer(), &mut progress, now(), &mut rng).await
    });
    assert!(cut_off.await.is_err());
    city.reopen().await;
    assert_eq!(city.register.count().await.unwrap(), 0);

    let report = city.import("people.jsonl", &text, true).await;
    assert_eq!(report.resumed_after_line, Some(64));
    assert_eq!((report.added, report.good, report.refused), (3, 3, 147));
    assert_eq!(city.register.count().await.unwrap(), 3);
    // Nothing of the import is left over.
    let again = city.import("people.jsonl", &text, true).await;
    assert_eq!((again.resumed_after_line, again.added, again.refused), (None, 0, 150));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_is_in_the_file_in_the_clear() {
    let mut city = City::new().await;
    city.add(&number(1), portrait()).await.unwrap();
    let fingers = fs::read_dir(repository().join("sandbox/city/fingers")).unwrap().next().unwrap();
    let fingers = fs::read(fingers.unwrap().path()).unwrap();
    let change = serde_json::json!({ "fingers_base64": STANDARD.encode(&fingers) });
    let report = city.import("people.jsonl", &row(2, &change.to_string()), false).await;
    assert_eq!(report.added, 1);
    let entry = city.register.entry(&number(1).parse().unwrap()).await.unwrap().unwrap();
    let jpeg = entry.portrait().unwrap();
    let template = entry.embedding().unwrap().to_bytes();
    let mut stored = Vec::new();
    for file in fs::read_dir(city.path().join("authority")).unwrap() {
        stored.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let stored_number = number(1);
    for canary in [
        b"Canaryfamily".as_slice(),
        b"Canarygiven",
        b"1990-05-17",
        stored_number.as_bytes(),
        &jpeg[..24],
        &jpeg[jpeg.len() / 2..jpeg.len() / 2 + 24],
        &template[..16],
        &fingers[fingers.len() / 2..fingers.len() / 2 + 16],
        // The log has officers' identifiers.
        b"tester",
    ] {
        assert!(!stored.windows(canary.len()).any(|window| window == canary));
    }
    let reason = b"a test of the register";
    let right = stored.windows(reason.len()).any(|window| window == reason);
    assert!(right, "this looks into the right file");
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_and_looks_are_recorded_and_a_look_needs_a_case() {
    let mut city = City::new().await;
    city.add(&number(1), portrait()).await.unwrap();
    let known: ResidentNumber = number(1).parse().unwrap();
    let register = city.register.clone();
    let change = register
        .mark(&known.clone().into(), Mark::CardLost, true, &officer(), now(), &mut city.rng)
        .await;
    let change = change.unwrap();
    assert!(change.after.card_lost && !change.before.card_lost);

    let found = register.look_up(&known, &officer(), now()).await.unwrap().unwrap();
    assert!(found.marks.card_lost);
    let nobody: ResidentNumber = number(2).parse().unwrap();
    assert!(register.look_up(&nobody, &officer(), now()).await.unwrap().is_none());
    let without_case = Officer::custodian("tester", officer().reason().clone(), None);
    let refused = register.look_up(&known, &without_case, now()).await;
    assert!(matches!(refused, Err(RegisterError::CaseMissing)));
    let unknown = register
        .mark(&nobody.clone().into(), Mark::Deceased, true, &officer(), now(), &mut city.rng)
        .await;
    assert!(matches!(unknown, Err(RegisterError::Unknown)));

    let mut reader = city.store.reader().await.unwrap();
    let acts = reader.acts_about(&change.id.to_string()).await.unwrap();
    let kinds: Vec<_> = acts.iter().map(|act| act.kind.as_str()).collect();
    assert_eq!(kinds, ["register.added", "register.marked-card-lost", "register.looked-up"]);
    assert!(acts.iter().all(|act| act.entry.contains("a test of the register")));
    assert_eq!(reader.acts_about("nobody").await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn faces_come_page_by_page_and_who_is_removed_is_gone() {
    let mut city = City::new().await;
    for n in 1..=3 {
        city.add(&number(n), portrait()).await.unwrap();
    }
    let register = city.register.clone();
    let first = register.faces_after(None, 2).await.unwrap();
    let last = first.last().unwrap();
    let rest = register.faces_after(Some((last.changed, last.id)), 2).await.unwrap();
    assert_eq!((first.len(), rest.len()), (2, 1));
    assert!(first[0].embedding.similarity(&rest[0].embedding) > 0.99);

    let removed = register.remove(&number(2).parse().unwrap(), &officer(), now()).await.unwrap();
    assert_eq!(removed, Some(last.id));
    assert!(register.entry_of(last.id).await.unwrap().is_none());
    let gone = register.removed_after(rest[0].changed).await.unwrap();
    assert_eq!(gone.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [last.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_moved_to_another_resident_does_not_open() {
    let mut city = City::new().await;
    city.add(&number(1), portrait()).await.unwrap();
    city.add(&number(2), portrait()).await.unwrap();
    // Somebody who can write the file, but has no key, makes the second the first.
    let (one, two): (ResidentNumber, ResidentNumber) =
        (number(1).parse().unwrap(), number(2).parse().unwrap());
    let victim = city.register.entry(&one).await.unwrap().unwrap().resident.id;
    let tag = city.register.number_tag(&two);
    let mut stolen =
        city.store.reader().await.unwrap().resident_by_number(&tag).await.unwrap().unwrap();
    stolen.id = victim;
    let moved: Result<(), tanda_storage::StorageError> = city
        .store
        .write(move |mut tx| {
            Box::pin(async move {
                tx.remove_resident(victim).await?;
                stolen.number_tag = [1; 32];
                tx.insert_resident(&stolen, now()).await
            })
        })
        .await;
    moved.unwrap();
    let opened = city.register.entry_of(victim).await;
    assert!(matches!(opened, Err(RegisterError::Seal(_))), "{opened:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_city_moves_in_once() {
    let mut city = City::new().await;
    let folder = repository().join("sandbox");
    let residents = sandbox::residents(&folder).unwrap();
    let register = city.register.clone();
    let mut progress = |_| {};
    for expected in [Seeded::Added(residents.len() as u64), Seeded::Already] {
        let seeded =
            sandbox::seed(&register, &MODELS, &folder, &mut progress, now(), &mut city.rng).await;
        assert_eq!(seeded.unwrap(), expected);
    }
    for resident in residents {
        let entry = register.entry(&resident.number).await.unwrap().unwrap();
        assert!(entry.resident.name.is_called(&resident.name));
        assert!(entry.fingers().unwrap().is_some());
    }
}

#[tokio::test]
async fn fingers_come_as_pictures_or_as_a_record() {
    use FingerPosition::{LeftIndex, RightIndex};
    let mut city = City::new().await;
    let folder = city.path().join("fingers/1");
    fs::create_dir_all(&folder).unwrap();
    let print = |name: &str, impression| SimulatedFinger::of("1", name).print(impression).png();
    fs::write(folder.join("right-index.png"), print("right-index", 1)).unwrap();
    fs::write(folder.join("right-index-2.png"), print("right-index", 2)).unwrap();
    fs::write(folder.join("left-index.png"), print("left-index", 1)).unwrap();
    let record = fs::read_dir(repository().join("sandbox/city/fingers")).unwrap().next().unwrap();
    let record = fs::read(record.unwrap().path()).unwrap();
    fs::write(city.path().join("fingers/2"), &record).unwrap();
    let iso = FingerRecord::from(&FingerReference::from_bytes(&record).unwrap()).to_bytes();
    let rows = [
        row(1, r#"{"fingers": "fingers/1"}"#),
        row(2, r#"{"fingers": "fingers/2"}"#),
        row(3, &serde_json::json!({ "fingers_base64": STANDARD.encode(&record) }).to_string()),
        row(5, &serde_json::json!({ "fingers_base64": STANDARD.encode(&iso) }).to_string()),
        row(4, "{}"),
    ];
    assert_eq!(city.import("people.jsonl", &rows.concat(), false).await.added, 5);
    let mut fingers = Vec::new();
    for serial in 1..=5 {
        let entry = city.register.entry(&number(serial).parse().unwrap()).await.unwrap().unwrap();
        fingers.push(entry.fingers().unwrap());
    }
    let first: Vec<_> = fingers[0].as_ref().unwrap().fingers().collect();
    assert_eq!(first, [(RightIndex, 2), (LeftIndex, 1)]);
    let record = FingerReference::from_bytes(&record).unwrap();
    let of_iso = fingers.pop().unwrap().unwrap();
    assert!(of_iso.fingers().eq(record.fingers()));
    assert_eq!(fingers[1..], [Some(record.clone()), Some(record), None]);
}

#[tokio::test]
async fn fingers_that_nobody_can_be_known_by_are_refused() {
    let mut city = City::new().await;
    let finger = SimulatedFinger::of("1", "right-index");
    let right = finger.print(1).png();
    let left = SimulatedFinger::of("1", "left-index").print(1).png();
    let blank = finger.faulty_print(1, PrintFault::Blank).png();
    type Files<'a> = &'a [(&'a str, &'a [u8])];
    let cases: [(Files<'_>, FaultCode); 6] = [
        (&[("right-index.png", &right)], FaultCode::FingersTooFew),
        (&[("right-index.png", &right), ("left-index.png", &right)], FaultCode::FingersSame),
        (&[("right-index.png", &blank), ("left-index.png", &left)], FaultCode::FingersPoor),
        (&[("right-index.png", &right), ("scan.png", &left)], FaultCode::FingersUnnamed),
        (
            &[("right-index.png", &right[..900]), ("left-index.png", &left)],
            FaultCode::FingersNotRead,
        ),
        (
            &[
                ("right-index-1.png", &right),
                ("right-index-2.png", &right),
                ("right-index-3.png", &right),
                ("right-index-4.png", &right),
                ("left-index.png", &left),
            ],
            FaultCode::FingersTooMany,
        ),
    ];
    let mut rows = String::new();
    let mut wanted = Vec::new();
    for (at, (files, code)) in (0_u16..).zip(cases) {
        let folder = city.path().join(format!("case-{at}"));
        fs::create_dir(&folder).unwrap();
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).unwrap();
        }
        rows += &row(at + 30, &serde_json::json!({ "fingers": format!("case-{at}") }).to_string());
        wanted.push((u64::from(at) + 1, "fingers", code));
    }
    for (serial, path, code) in [
        (20, "../secret", FaultCode::FingersOutside),
        (21, "nowhere", FaultCode::FingersUnreadable),
        (22, "face.jpg", FaultCode::FingersNotRead),
    ] {
        rows += &row(serial, &serde_json::json!({ "fingers": path }).to_string());
        wanted.push((wanted.len() as u64 + 1, "fingers", code));
    }
    let report = city.import("people.jsonl", &rows, true).await;
    assert_eq!((report.added, faults(&report)), (0, wanted));
}

#[tokio::test]
async fn templates_pass_what_of_the_gate_can_be_asked_of_them() {
    use FingerPosition::{LeftIndex, RightIndex};
    let mut city = City::new().await;
    let template = |count: u8| {
        let minutiae = (0..count).flat_map(|at| [0, 20 + 7 * at, 0, 15 + 9 * at, 13 * at]);
        [&[1, count][..], &minutiae.collect::<Vec<_>>()].concat()
    };
    // As Tanda keeps them: the version, two fingers, each with its code and one impression.
    let kept = |right: &[u8], left: &[u8]| [&[1, 2, 2, 1][..], right, &[7, 1], left].concat();
    let iso = |views: [(FingerPosition, u8); 2]| {
        let views = views.map(|(at, count)| FingerView {
            position: Some(at),
            quality: 80,
            template: FingerTemplate::from_bytes(&template(count)).unwrap(),
        });
        FingerRecord { views: views.into() }.to_bytes()
    };
    let cases = [
        (kept(&template(14), &template(11)), FaultCode::FingersPoor),
        (iso([(RightIndex, 11), (LeftIndex, 14)]), FaultCode::FingersPoor),
        (kept(&template(14), &template(14)), FaultCode::FingersSame),
        (iso([(RightIndex, 14), (LeftIndex, 14)]), FaultCode::FingersSame),
    ];
    let mut rows = String::new();
    for (serial, (record, _)) in (40..).zip(&cases) {
        let fields = serde_json::json!({ "fingers_base64": STANDARD.encode(record) });
        rows += &row(serial, &fields.to_string());
    }
    let report = city.import("people.jsonl", &rows, true).await;
    let wanted = (1..).zip(cases).map(|(line, (_, code))| (line, "fingers_base64", code));
    assert_eq!(faults(&report), wanted.collect::<Vec<_>>());
}
