//! `tanda officer take-fingers`: what a scanner's software wrote into a folder is compared.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use tanda_authority::enrolment::{FingerPicture, TakeFingersError};
use tanda_biometrics::finger::FingerPosition;
use tanda_model::EnrolmentId;
use tanda_server::clock;

use super::authority;
use crate::acting::{Acting, sign_log};
use crate::fingers::within;
use crate::output;
use crate::settings::Settings;

#[derive(Args)]
pub(crate) struct TakeFingers {
    /// The application's id, as `tanda officer attend` says it
    application: EnrolmentId,
    /// The scanner's folder: a picture of each finger, named as it is (right-index.png)
    folder: PathBuf,
    /// The scanner's dots an inch; left out, the pictures have to state it
    #[arg(long, value_name = "DOTS")]
    dots_an_inch: Option<u32>,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    settings: Settings,
}

impl TakeFingers {
    pub(super) async fn run(self) -> Result<(), Box<dyn Error>> {
        let pictures = self.pictures()?;
        let authority = authority(&self.settings).await?;
        let (officer, now) = (self.acting.officer(), clock::now());
        let taken = authority.take_fingers(self.application, pictures, &officer, now).await;
        sign_log(&authority).await;
        let taken = match taken {
            Err(TakeFingersError::Retake(again)) => {
                for one in again {
                    output::line(format!("{}  {}", one.position, one.why));
                }
                return Err("nothing was compared: take these fingers again".into());
            }
            taken => taken?,
        };
        let likeness = format!("likeness {:.0}, and {:.0} is needed", taken.score, taken.line);
        if taken.alike {
            output::line(format!("These are the resident's fingers ({likeness})."));
            return Ok(());
        }
        for finger in &taken.unlike {
            output::line(format!("{finger}  unlike: have it wiped and laid down again"));
        }
        let left = taken.left;
        let why = if taken.unlike.is_empty() {
            format!("the fingers together are not alike enough ({likeness})")
        } else {
            "these are not all the resident's fingers".to_owned()
        };
        Err(format!("{why}; {left} more tries").into())
    }

    fn pictures(&self) -> Result<Vec<FingerPicture>, Box<dyn Error>> {
        let unread = |cause| format!("{} can't be read: {cause}", self.folder.display());
        let mut pictures = Vec::new();
        for path in within(&self.folder)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            match FingerPosition::of_file(name) {
                Ok(finger) => {
                    let picture = std::fs::read(&path).map_err(unread)?;
                    pictures.push(FingerPicture::new(finger, picture, self.dots_an_inch));
                }
                Err(why) => output::note(format!("left out: {} ({why})", path.display())),
            }
        }
        Ok(pictures)
    }
}
