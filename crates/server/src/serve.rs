//! Starts the roles, listens, and stops in good order.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tanda_authority::Authority;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::{Config, Role};
use crate::country_signers::Followed;
use crate::jobs::{Jobs, Sweeper};
use crate::roles::{self, StartError};
use crate::sandbox::OfficerLink;
use crate::{authority, clock, openapi, provider, verifier};

/// A process that is ready to serve.
pub struct Server {
    listeners: Vec<(TcpListener, Router)>,
    listening: Vec<Listening>,
    officer_links: Vec<OfficerLink>,
    sweeper: Sweeper,
    jobs: Jobs,
    authority: Option<Arc<Authority>>,
}

/// Where a role can be reached.
#[derive(Clone, Debug)]
pub struct Listening {
    /// The role.
    pub role: Role,
    /// The address that it listens on.
    pub address: SocketAddr,
    /// The address by which others reach it.
    pub url: String,
}

/// Why the process can't start or go on, with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A role's port is taken.
    #[error(
        "port {} is in use by another program. Stop that program, or choose other ports with --port-offset",
        .0.port()
    )]
    PortInUse(SocketAddr),
    /// A role may not listen where it should.
    #[error("the role {role} can't listen on {address}: {cause}", role = .role.name())]
    Listen {
        /// The role.
        role: Role,
        /// Where.
        address: SocketAddr,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// A role can't start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// What was to be laid down before can't be.
    #[error("{0}")]
    Prepare(Box<dyn Error + Send + Sync>),
    /// The network failed while serving.
    #[error("serving failed: {0}")]
    Serve(std::io::Error),
}

impl Server {
    /// Takes the ports, opens the stores, and starts the jobs; requests are answered from `run` on.
    pub async fn start(config: &Config) -> Result<Self, ServeError> {
        Self::start_after(config, || Ok(())).await
    }

    /// The same, once `prepare` has laid down in the data folder what the roles are to find there.
    pub async fn start_after(
        config: &Config,
        prepare: impl FnOnce() -> Result<(), Box<dyn Error + Send + Sync>>,
    ) -> Result<Self, ServeError> {
        // The ports come first: a second process must fail before it touches the first one's data.
        let mut bound = Vec::new();
        for role in &config.roles {
            bound.push((*role, listen(*role, config.listen(*role)).await?));
        }
        let prepared = prepare();
        // A folder that can't be written to is told of by the role that needs it.
        let roles = roles::open(config).await?;
        prepared.map_err(ServeError::Prepare)?;
        let officer_links = roles.officer_links;
        let mut routers = Vec::new();
        let (mut sweeper, mut jobs) = (Sweeper::default(), Jobs::default());
        let authority = roles.authority.as_ref().map(|state| Arc::clone(&state.authority));
        if let Some(state) = roles.authority {
            sweeper.authority = Some(Arc::clone(&state.authority));
            jobs.sign_log(Arc::clone(&state.authority));
            let followed = Followed::open(Arc::clone(&state.authority), config, clock::now());
            jobs.follow_country_signers(followed.map_err(StartError::from)?);
            routers.push((Role::Authority, authority::router(state, &config.authority)));
        }
        if let Some(state) = roles.provider {
            let state = Arc::new(state);
            sweeper.provider = Some(Arc::clone(&state));
            routers.push((Role::Provider, provider::router(&state)));
        }
        if let Some(state) = roles.verifier {
            let state = Arc::new(state);
            sweeper.verifier = Some(Arc::clone(&state));
            routers.push((Role::Verifier, verifier::router(state)));
        }
        jobs.sweep(sweeper.clone());
        let mut listeners = Vec::new();
        let mut listening = Vec::new();
        for (role, listener) in bound {
            let Some(at) = routers.iter().position(|(which, _)| *which == role) else { continue };
            let (_, (router, description)) = routers.swap_remove(at);
            let router =
                openapi::mount(router, role, description).route("/health", get(async || "ok\n"));
            let address = listener.local_addr().map_err(|cause| ServeError::Listen {
                role,
                address: config.listen(role),
                cause,
            })?;
            listening.push(Listening {
                role,
                address,
                url: crate::config::identifier(config.url(role)),
            });
            listeners.push((listener, router));
        }
        Ok(Self { listeners, listening, officer_links, sweeper, jobs, authority })
    }

    /// Where the roles listen.
    pub fn listening(&self) -> &[Listening] {
        &self.listening
    }

    /// What deletes that which has passed its time, for those who don't wait for the jobs.
    pub fn sweeper(&self) -> Sweeper {
        self.sweeper.clone()
    }

    /// The one-time links of the sandbox's officers, as far as nobody has used them.
    pub fn officer_links(&self) -> &[OfficerLink] {
        &self.officer_links
    }

    /// Serves until `stop` completes; then answers what was begun, for a few seconds at most.
    pub async fn run(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let (stopping, stopped) = watch::channel(false);
        let jobs = self.jobs;
        tokio::spawn(async move {
            stop.await;
            jobs.stop();
            let _ = stopping.send(true);
        });
        let mut serving = tokio::task::JoinSet::new();
        for (listener, router) in self.listeners {
            let mut stopped = stopped.clone();
            serving.spawn(async move {
                let service = router.into_make_service_with_connect_info::<SocketAddr>();
                axum::serve(listener, service)
                    .with_graceful_shutdown(async move {
                        let _ = stopped.wait_for(|stopped| *stopped).await;
                    })
                    .await
            });
        }
        let mut stopped = stopped;
        let all = async {
            while let Some(ended) = serving.join_next().await {
                if let Ok(Err(cause)) = ended {
                    return Err(ServeError::Serve(cause));
                }
            }
            Ok(())
        };
        // Event streams and long polls never end by themselves.
        let patience = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        };
        let ended = tokio::select! {
            ended = all => ended,
            () = patience => Ok(()),
        };
        if let Some(authority) = self.authority
            && let Err(cause) = authority.sign_checkpoint(clock::now()).await
        {
            tracing::error!(%cause, "the log's last checkpoint could not be signed");
        }
        ended
    }
}

async fn listen(role: Role, address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AddrInUse => ServeError::PortInUse(address),
        _ => ServeError::Listen { role, address, cause },
    })
}
