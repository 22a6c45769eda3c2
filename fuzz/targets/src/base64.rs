//! base64url and base64: one text for one value, so what decodes encodes to the very same text.

use tanda_credential::b64;

/// Past any vector width.
pub const MAX_LEN: usize = 256;

/// Takes a text in either alphabet.
pub fn run(data: &[u8]) -> Option<()> {
    assert_eq!(b64::decode(b64::encode(data)).as_deref(), Ok(data));
    let (url, standard) = (b64::decode(data).ok(), b64::decode_standard(data).ok());
    assert_eq!(
        b64::decode_array::<32>(data).ok().map(Vec::from),
        url.clone().filter(|b| b.len() == 32)
    );
    if let Some(bytes) = &url {
        assert_eq!(b64::encode(bytes).as_bytes(), data);
    }
    if let Some(bytes) = &standard {
        assert_eq!(b64::encode_standard(bytes).as_bytes(), data);
    }
    url.or(standard).map(drop)
}
