//! `tanda serve`: run the roles until asked to stop.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use tanda_cli::emulated;
use tanda_server::{Role, Server, sandbox};

use crate::output;
use crate::settings::{self, Settings};

/// Run the roles.
#[derive(Args)]
pub(crate) struct Serve {
    /// The roles to run, separated by commas
    #[arg(long, value_delimiter = ',', value_parser = settings::role,
        default_value = "authority,provider,verifier", value_name = "ROLES")]
    role: Vec<Role>,
    /// Start with the sandbox city that lies in this folder (synthetic people; never for real use)
    #[arg(long, env = "TANDA_SANDBOX", value_name = "FOLDER")]
    sandbox: Option<PathBuf>,
    /// What to log, such as `info` or `tanda_server=debug`
    #[arg(long, env = "TANDA_LOG", default_value = "warn", value_name = "FILTER")]
    log: String,
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::try_new(&self.log)?)
            .with_writer(std::io::stderr)
            .init();
        let mut config = self.settings.config()?;
        config.roles = self.role.into_iter().collect();
        config.sandbox = self.sandbox.or(config.sandbox);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let server = Server::start_after(&config, || {
                // So that the authority believes the cards that `tanda sandbox` will make.
                if config.sandbox.is_some() && config.roles.contains(&Role::Authority) {
                    emulated::country(&config.sandbox_country())?;
                    emulated::reader_key(&config.sandbox_country())?;
                }
                Ok(())
            })
            .await?;
            for role in server.listening() {
                output::line(format!("{:<10} {}", role.role.name(), role.url));
            }
            if config.sandbox.is_some() {
                output::line(sandbox::guide(&config, server.officer_links())?);
            }
            output::line("Ready. Stop with Ctrl-C.");
            server.run(stop_signal()).await?;
            Ok(())
        })
    }
}

/// Completes when the process is asked to stop.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match terminate {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
