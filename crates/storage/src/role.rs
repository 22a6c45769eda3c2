use sqlx::migrate::Migrator;

/// Whose store it is.
pub trait Role: sealed::Sealed + Send + Sync + 'static {
    /// The role's name in messages.
    const NAME: &'static str;
    #[doc(hidden)]
    const MIGRATIONS: &'static Migrations;
}

/// The steps that lead to the role's present tables.
#[derive(Debug)]
pub struct Migrations(pub(crate) Migrator);

/// The state's side: register, enrolments, cards.
#[derive(Debug)]
pub enum Authority {}

/// The app's side: accounts and their passkeys.
#[derive(Debug)]
pub enum Provider {}

/// The relying party's side: desks and their requests.
#[derive(Debug)]
pub enum Verifier {}

static AUTHORITY: Migrations = Migrations(sqlx::migrate!("migrations/authority"));
static PROVIDER: Migrations = Migrations(sqlx::migrate!("migrations/provider"));
static VERIFIER: Migrations = Migrations(sqlx::migrate!("migrations/verifier"));

impl Role for Authority {
    const NAME: &'static str = "authority";
    const MIGRATIONS: &'static Migrations = &AUTHORITY;
}

impl Role for Provider {
    const NAME: &'static str = "provider";
    const MIGRATIONS: &'static Migrations = &PROVIDER;
}

impl Role for Verifier {
    const NAME: &'static str = "verifier";
    const MIGRATIONS: &'static Migrations = &VERIFIER;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Authority {}
    impl Sealed for super::Provider {}
    impl Sealed for super::Verifier {}
}
