mod atomicity;
mod holder;
mod tampering;

use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tanda_storage::StorageError;

use crate::act::{Act, Actor, Deed};
use crate::testing::{City, officer};

/// The attacker's hand.
async fn by_hand(city: &City, sql: &'static str) {
    let path = city.authority.store().path().display().to_string();
    let mut store = SqliteConnection::connect(&path).await.unwrap();
    store.execute(sql).await.unwrap();
    store.close().await.unwrap();
}

/// So many acts, one after the other.
async fn act(city: &City, count: u64) {
    for _ in 0..count {
        let (at, officer) = (city.now, officer());
        let done: Result<(), StorageError> = city
            .authority
            .store()
            .write(move |mut tx| {
                Box::pin(async move {
                    let actor = Actor::Officer(&officer);
                    let deed = Deed::RelyingPartyCertified { relying_party: "hotel-nansha" };
                    Act { at, actor, resident: None, deed }.record(&mut tx).await
                })
            })
            .await;
        done.unwrap();
    }
}
