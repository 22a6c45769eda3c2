//! Where the configuration comes from: defaults, then a file, then the environment and flags.

use std::path::PathBuf;

use clap::Args;
use tanda_server::{Config, Role};
use url::Url;

/// The settings that every command on a server's own data takes.
#[derive(Args, Clone)]
pub(crate) struct Settings {
    /// A configuration file; ./tanda.toml is read if it is there
    #[arg(long, env = "TANDA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of stores and keys
    #[arg(long, env = "TANDA_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The folder of the recognition models
    #[arg(long, env = "TANDA_MODELS", value_name = "FOLDER")]
    models: Option<PathBuf>,
    /// Move every port by as much, to run beside another Tanda
    #[arg(long, env = "TANDA_PORT_OFFSET", default_value_t = 0, value_name = "N")]
    port_offset: u16,
    /// The certificate (PEM) of the trust list's operator; by default the one in the data folder
    #[arg(long, env = "TANDA_TRUST_ANCHOR", value_name = "FILE")]
    trust_anchor: Option<PathBuf>,
    /// Where the trust list is published
    #[arg(long, env = "TANDA_TRUST_LIST", value_name = "URL")]
    trust_list: Option<Url>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{path} can't be read: {cause}")]
    Read { path: PathBuf, cause: std::io::Error },
    #[error("{path} is not a configuration: {cause}")]
    Parse { path: PathBuf, cause: toml::de::Error },
}

impl Settings {
    /// The configuration that these settings make.
    pub(crate) fn config(&self) -> Result<Config, SettingsError> {
        let mut config = self.file()?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        if let Some(models) = &self.models {
            config.models.clone_from(models);
        }
        if let Some(anchor) = &self.trust_anchor {
            config.trust_anchor = Some(anchor.clone());
        }
        if let Some(trust_list) = &self.trust_list {
            config.trust_list.clone_from(trust_list);
        }
        config.offset_ports(self.port_offset);
        Ok(config)
    }

    fn file(&self) -> Result<Config, SettingsError> {
        let path = match &self.config {
            Some(path) => path.clone(),
            None => {
                let usual = PathBuf::from("tanda.toml");
                if !usual.exists() {
                    return Ok(Config::default());
                }
                usual
            }
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|cause| SettingsError::Read { path: path.clone(), cause })?;
        toml::from_str(&text).map_err(|cause| SettingsError::Parse { path, cause })
    }
}

/// Parses a role's name for clap.
pub(crate) fn role(name: &str) -> Result<Role, String> {
    name.parse().map_err(|error: tanda_server::config::UnknownRole| error.to_string())
}
