//! What arrives at a `response_uri`: an answer or an error, never both, and the same when it is sent
//! again.

use tanda_protocol::vp::response::Form;
use url::form_urlencoded::Serializer;

/// A form with a short answer.
pub const MAX_LEN: usize = 512;

/// Takes the body of a form.
pub fn run(data: &[u8]) -> Option<()> {
    let form = Form::parse(data).ok()?;
    let mut again = Serializer::new(String::new());
    match &form {
        Form::Encrypted(token) => again.append_pair("response", token),
        Form::Error { error, state } => {
            again.append_pair("error", error.as_str());
            again.extend_pairs(state.iter().map(|state| ("state", state)))
        }
    };
    assert_eq!(Form::parse(again.finish().as_bytes()), Ok(form));
    Some(())
}
