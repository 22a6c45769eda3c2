//! Reads a card on a PC/SC reader with dmrtd, which shares no protocol code with Tanda: access, secure
//! messaging, passive and active authentication are all its own.
//!
//! `tanda-peer-chip-reader <country signer's certificate, DER> can <access number>`
//! `tanda-peer-chip-reader <country signer's certificate, DER> mrz <number> <birth> <expiry>`
//!
//! Prints what it read, a line each, and `authentic` last; or why not, and fails.

use std::error::Error;
use std::ffi::CString;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use chrono::NaiveDate;
use dmrtd::auth::passive::{DataGroup, TrustAnchor, verify};
use dmrtd::com::{TransceiveError, Transceiver};
use dmrtd::lds::ef::ElementaryFile;
use dmrtd::passport::Passport;
use dmrtd::proto::can_key::CanKey;
use dmrtd::proto::dba_key::DBAKey;
use pcsc::{Card, Context, Protocols, Scope, ShareMode};

/// How long the card may take to be laid on.
const PATIENCE: Duration = Duration::from_secs(30);

struct OnReader(Card);

impl Transceiver for OnReader {
    fn transceive(&mut self, command: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        let mut buffer = vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED];
        let answer = self.0.transmit(command, &mut buffer);
        answer.map(<[u8]>::to_vec).map_err(|cause| TransceiveError::new(cause.to_string()))
    }
}

fn wait_for_card() -> Result<Card, Box<dyn Error>> {
    let began = Instant::now();
    loop {
        let context = Context::establish(Scope::User)?;
        let readers: Vec<CString> = context.list_readers_owned()?;
        let connect = |name: &CString| context.connect(name, ShareMode::Shared, Protocols::ANY);
        match readers.iter().find_map(|name| connect(name).ok()) {
            Some(card) => return Ok(card),
            None if began.elapsed() > PATIENCE => return Err("no card on any reader".into()),
            None => thread::sleep(Duration::from_millis(200)),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (anchor, how) = words.split_first().ok_or("whose cards are to be believed?")?;
    let anchor = TrustAnchor::from_certificate(&fs::read(anchor)?)?;
    let mut passport = Passport::new(OnReader(wait_for_card()?));
    match how {
        ["can", number] => {
            let access = passport.read_ef_card_access()?;
            passport.start_session_pace(CanKey::new(number)?, &access)?;
            println!("opened by PACE");
        }
        ["mrz", number, birth, expiry] => {
            let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d");
            passport.start_session(DBAKey::new(*number, day(birth)?, day(expiry)?, false)?)?;
            println!("opened by BAC");
        }
        _ => return Err("how is the card to be opened?".into()),
    }
    let sod = passport.read_ef_sod()?;
    let (dg1, dg2) = (passport.read_ef_dg1()?, passport.read_ef_dg2()?);
    let (dg14, dg15) = (passport.read_ef_dg14()?, passport.read_ef_dg15()?);
    let group = |number, bytes| DataGroup { number, bytes };
    let groups = [
        group(1, dg1.to_bytes()),
        group(2, dg2.to_bytes()),
        group(14, dg14.to_bytes()),
        group(15, dg15.to_bytes()),
    ];
    let passive = verify(sod.to_bytes(), &groups, &[anchor])?;
    println!("document {}", dg1.mrz().document_number());
    println!("zone {}", String::from_utf8_lossy(dg1.mrz().to_bytes()));
    println!("portrait {}", dg2.to_bytes().len());
    if !passive.covers_all_groups() {
        return Err("the document signer is of nobody who is believed".into());
    }
    passport.verify_active_authentication(&[1, 2, 3, 4, 5, 6, 7, 8])?;
    println!("no copy");
    println!("authentic");
    Ok(())
}
