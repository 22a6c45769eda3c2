//! The roles over HTTP: routes, configuration, jobs.
