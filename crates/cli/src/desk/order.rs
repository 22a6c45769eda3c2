//! `tanda desk order`: several people on one order, such as a group's tickets.

use std::error::Error;

use clap::Args;
use serde_json::Value;
use tanda_cli::drive;

use super::{CANNOT_TELL, NOT_VALID, Shift, shown};
use crate::output;

/// Ask one after the other; ends with 0 once every place is taken.
#[derive(Args)]
pub(crate) struct Order {
    #[command(flatten)]
    shift: Shift,
    /// The purpose
    #[arg(long, default_value = "ticket", value_name = "ID")]
    purpose: String,
    /// For how many people
    #[arg(long, value_name = "N")]
    people: u8,
    /// Print each request, and at the end the order, as JSON lines
    #[arg(long)]
    json: bool,
}

impl Order {
    pub(crate) async fn run(self) -> Result<i32, Box<dyn Error>> {
        self.shift.with(async |desk| self.ask(desk).await).await
    }

    async fn ask(&self, desk: &drive::Desk) -> Result<i32, Box<dyn Error>> {
        let mut order = desk.begin_order(&self.purpose, self.people).await?;
        let id = order["id"].as_str().unwrap_or_default().to_owned();
        while order["places_left"] != 0 {
            let asked = desk.ask_next(&id).await?;
            if self.json {
                output::line(serde_json::to_string(&asked)?);
            } else {
                output::line(format!("code    {}", asked.code));
            }
            let state = desk.wait(&asked.id).await?;
            if state.outcome() != "valid" {
                output::note(format!("{}.", state.outcome().replace('_', " ")));
                return Ok(if state.outcome() == "cannot_tell" { CANNOT_TELL } else { NOT_VALID });
            }
            order = desk.order(&id).await?;
        }
        if self.json {
            output::line(serde_json::to_string(&order)?);
        } else {
            order["travellers"].as_array().into_iter().flatten().for_each(show);
        }
        Ok(0)
    }
}

fn show(traveller: &Value) {
    let claims = traveller["claims"].as_object().into_iter().flatten();
    let values: Vec<String> = claims.map(|(_, value)| shown(value)).collect();
    output::line(format!("{:<6} {}", traveller["place"].as_str().unwrap_or(""), values.join("  ")));
}
