//! Compressed status lists: never more than 4 MiB, exactly as many entries as there are bits, each
//! of them there and none behind them; the same when compressed and unfolded again.

use tanda_credential::b64;
use tanda_credential::status_list::{Bits, EncodedStatusList, MAX_LIST_BYTES, Status, StatusList};

/// Unfolds to some hundred kilobytes at most, which keeps the pace.
pub const MAX_LEN: usize = 256;

/// Takes the width in the first byte and a zlib stream behind it.
pub fn run(data: &[u8]) -> Option<()> {
    let (width, stream) = data.split_first()?;
    let bits = Bits::try_from(*width).ok()?;
    let encoded = EncodedStatusList { bits, lst: b64::encode(stream), aggregation_uri: None };
    let mut list = StatusList::decode(&encoded).ok()?;
    let length = list.len() as u64;
    assert!(list.len() * usize::from(u8::from(bits)) <= MAX_LIST_BYTES * 8);
    assert!(list.status(length).is_err() && list.status(u64::MAX).is_err());
    if let Some(last) = length.checked_sub(1) {
        let status = list.status(last).unwrap();
        list.set(last, Status::Valid).unwrap();
        assert_eq!(list.status(last), Ok(Status::Valid));
        list.set(last, status).unwrap();
    }
    if list.len() < 4096 {
        assert_eq!(StatusList::decode(&list.encode().unwrap()).as_ref(), Ok(&list));
    }
    Some(())
}
