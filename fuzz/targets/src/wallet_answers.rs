//! The authority's answers to an applicant's wallet: whatever they say, the wallet sends its pictures
//! and its secret to the authority and to nobody else.

use tanda_wallet::enrol::{Enrolment, Guidance, Standing};
use tanda_wallet::http::Response;
use url::Url;

/// An answer with every member.
pub const MAX_LEN: usize = 512;

/// Takes a body.
pub fn run(data: &[u8]) -> Option<()> {
    let answer = |status| Response { status, headers: Vec::new(), body: data.to_vec() };
    let enrolment = Enrolment::read(&answer(201)).ok();
    if let Some(enrolment) = &enrolment {
        let authority = Url::parse("https://authority.example/base/").unwrap();
        let frame = enrolment.frame(&authority, 3, Vec::new());
        for request in [frame, enrolment.complete(&authority), enrolment.look(&authority, 20)] {
            assert_eq!(request.url.origin(), authority.origin());
            assert!(request.url.path().starts_with("/base/enrolments"), "{}", request.url);
            assert!(!format!("{request:?}").contains("Bearer"));
        }
    }
    let guidance = Guidance::read(&answer(200)).ok();
    let standing = Standing::read(&answer(200)).ok();
    let refused = Guidance::read(&answer(409)).unwrap_err();
    assert_eq!(refused.status, 409);
    (enrolment.is_some() || guidance.is_some() || standing.is_some() || refused.code.is_some())
        .then_some(())
}
