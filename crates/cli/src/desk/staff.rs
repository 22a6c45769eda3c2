//! `tanda desk staff`: who works at a relying party's desks.

use std::error::Error;

use clap::{Args, Subcommand};

use super::{Place, Shift};
use crate::output;

/// Keep the staff. All but the first manager is a manager's work.
#[derive(Subcommand)]
pub(crate) enum Staff {
    /// Begin with the first manager, where there is no staff yet
    Begin(Begin),
    /// List the staff, with how often each PIN was wrong since it was last right
    List(List),
    /// Take somebody on
    Add(Add),
    /// Set a PIN: one's own, or as a manager anybody's
    Pin(SetPin),
    /// Let somebody go; nobody else gets their name, since receipts bear it
    End(End),
}

#[derive(Args)]
pub(crate) struct Begin {
    #[command(flatten)]
    place: Place,
    /// What the first manager signs in with
    name: String,
    /// Their PIN, six to twelve digits
    #[arg(long, env = "TANDA_NEW_PIN", hide_env_values = true, value_name = "PIN")]
    new_pin: String,
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    shift: Shift,
}

#[derive(Args)]
pub(crate) struct Add {
    #[command(flatten)]
    shift: Shift,
    /// What they will sign in with
    name: String,
    /// Their PIN, six to twelve digits
    #[arg(long, env = "TANDA_NEW_PIN", hide_env_values = true, value_name = "PIN")]
    new_pin: String,
    /// Make them a manager
    #[arg(long)]
    manager: bool,
}

#[derive(Args)]
pub(crate) struct SetPin {
    #[command(flatten)]
    shift: Shift,
    /// Whose
    name: String,
    /// Their new PIN, six to twelve digits
    #[arg(long, env = "TANDA_NEW_PIN", hide_env_values = true, value_name = "PIN")]
    new_pin: String,
}

#[derive(Args)]
pub(crate) struct End {
    #[command(flatten)]
    shift: Shift,
    /// Who
    name: String,
}

impl Staff {
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Begin(Begin { place, name, new_pin }) => {
                place
                    .with(async |desk| Ok(desk.add_staff(&name, &new_pin, "manager").await?))
                    .await?;
                output::line(format!("{name} is the first manager."));
            }
            Self::List(List { shift }) => {
                let staff = shift.with(async |desk| Ok(desk.staff().await?)).await?;
                for one in staff.as_array().into_iter().flatten() {
                    let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                    output::line(format!(
                        "{:<20} {:<8} since {}  {} wrong PINs",
                        text("id"),
                        text("role"),
                        text("added_at").chars().take(10).collect::<String>(),
                        one["wrong_pins"]
                    ));
                }
            }
            Self::Add(Add { shift, name, new_pin, manager }) => {
                let role = if manager { "manager" } else { "clerk" };
                shift.with(async |desk| Ok(desk.add_staff(&name, &new_pin, role).await?)).await?;
                output::line(format!("{name} is on the staff."));
            }
            Self::Pin(SetPin { shift, name, new_pin }) => {
                let current = (shift.staff == name).then_some(shift.pin.as_str());
                shift.with(async |desk| Ok(desk.set_pin(&name, &new_pin, current).await?)).await?;
                output::line(format!("The PIN of {name} is set."));
            }
            Self::End(End { shift, name }) => {
                shift.with(async |desk| Ok(desk.end_staff(&name).await?)).await?;
                output::line(format!("{name} is on no desk any more."));
            }
        }
        Ok(())
    }
}
